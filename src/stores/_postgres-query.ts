import { type Deadline, wait } from './_patience.js'
import { type PostgresDriver, type Prepared, returning } from './_postgres-client.js'
import { isTransient, lost, postgresError } from './_postgres-errors.js'
import type { Row } from './_sql.js'

export type PostgresQuery = Required<Pick<PostgresDriver, 'query' | 'write'>>

/**
 * One statement, READ COMMITTED, in one round trip. Where the connections' default is stricter, one that lost to another comes back as a
 * serialization failure: it is sent again in a transaction that names the level.
 */
export function readCommitted(driver: PostgresDriver): PostgresQuery {
  const again = async (statement: Prepared, deadline: Deadline, first: unknown): Promise<readonly Row[]> => {
    let error = first
    for (let pause = 1; ; pause = Math.min(2 * pause, 50)) {
      if (!isTransient(error) || deadline.over) throw postgresError(error)
      await deadline.race(wait(pause * Math.random()))
      try {
        return await inTransaction(driver, statement, deadline)
      } catch (failed) {
        error = failed
      }
    }
  }
  const query: PostgresQuery['query'] = (statement, deadline) =>
    driver.query(statement, deadline).catch((error: unknown) => again(statement, deadline, error))
  const { write } = driver
  return {
    query,
    write:
      write === undefined
        ? async (statement, deadline) => (await query(returning(statement), deadline)).length
        : (statement, deadline) =>
            write(statement, deadline).catch(
              async (error: unknown) => (await again(returning(statement), deadline, error)).length,
            ),
  }
}

async function inTransaction(driver: PostgresDriver, statement: Prepared, deadline: Deadline): Promise<readonly Row[]> {
  const session = await driver.begin?.('BEGIN ISOLATION LEVEL READ COMMITTED', deadline)
  if (session === undefined) return await driver.query(statement, deadline)
  try {
    const rows = await deadline.race(session.query(statement))
    await deadline.race(session.commit())
    return rows
  } catch (error) {
    if (lost(error)) await session.destroy()
    else await session.rollback().catch(() => undefined)
    throw error
  }
}
