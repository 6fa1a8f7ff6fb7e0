import { inTime } from './_patience.js'
import { sweepEvery } from './_sql.js'
import type { SqliteConnection } from './_sqlite-connection.js'
import type { SqliteDriver } from './_sqlite-driver.js'

/*
 * There is no index on `expires_at`: each claim would write a page more, a tenth of its time. The table is gone through by its keys instead,
 * a stretch at a time, which also deletes what lies together. Two records are looked at for each that is claimed, so that a table in
 * balance holds a third more than what is not over.
 */

export interface SqliteSweeper {
  /** To be called once a claim: sweeps in the background every so many. */
  count(key: string): void
  /**
   * Deletes up to `limit` records whose retention is over, wherever they are, and resolves to their number. Between two stretches others have
   * their turn.
   */
  sweep(limit?: number): Promise<number>
}

const EVERY = 256
/** Records looked at in one transaction: a seventh of a millisecond, or one where all of them go. */
const STRETCH = 512

/** Taken here, so that a test that has replaced the timers gets to the end as well. */
const nextTurn = setImmediate

/** `now`: the clock in SQL. */
export function sqliteSweeper(connection: SqliteConnection, table: string, now: string): SqliteSweeper {
  const find = `SELECT key FROM "${table}" WHERE key >= ? ORDER BY key LIMIT 1 OFFSET ?`
  // A blob is greater than any text.
  const over = `key >= ? AND key < coalesce(?, x'') AND expires_at <= (SELECT ${now})`
  const remove = `DELETE FROM "${table}" WHERE key IN (SELECT key FROM "${table}" WHERE ${over} LIMIT ?)`
  /** Where the next stretch begins; '' is the first key of the table. */
  let next: string | undefined

  const deleteOver = (driver: SqliteDriver, limit: number): number => {
    const from = next ?? ''
    const [end] = driver.all(find, [from, STRETCH])
    const until = typeof end?.key === 'string' ? end.key : null
    const deleted = driver.run(remove, [from, until, limit])
    if (deleted < limit) next = until ?? ''
    return deleted
  }
  const sweepStretch = (limit: number): Promise<number> =>
    inTime(undefined, (deadline) => connection.transact('IMMEDIATE', deadline, (driver) => deleteOver(driver, limit)))
  const counted = sweepEvery(EVERY, () => sweepStretch(STRETCH))
  return {
    count(key) {
      // Keys are digests: processes that live briefly would otherwise all begin with the same ones.
      next ??= key
      counted()
    },
    async sweep(limit = 1000) {
      let deleted = 0
      // From where it stands to the end, and once more from the beginning.
      let passes = (next ?? '') === '' ? 1 : 2
      while (passes > 0 && deleted < limit) {
        deleted += await sweepStretch(limit - deleted)
        if (next === '') passes--
        await new Promise((resolve) => nextTurn(resolve))
      }
      return deleted
    },
  }
}
