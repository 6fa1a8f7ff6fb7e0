import { inTime, wait } from './_patience.js'
import type { PostgresSession, Prepared } from './_postgres-client.js'
import type { Row } from './_sql.js'

interface Parts {
  /** Hands the transaction to its callback, and commits or rolls back when the callback has settled. */
  readonly begin: (callback: (client: object) => Promise<void>) => Promise<unknown>
  readonly query: (client: object, statement: Prepared) => Promise<readonly Row[]>
  /** Ends the connection from outside. Left out where there is no other connection. */
  readonly terminate?: (() => Promise<unknown>) | undefined
}

const ROLLBACK = new Error('rolled back by hookproof')

/** A session out of clients that only know `begin(callback)`. */
export async function callbackSession({ begin, query, terminate }: Parts): Promise<PostgresSession> {
  let settle: { commit(): void; rollback(): void } | undefined
  let started: ((client: object) => void) | undefined
  let over = false
  const client = new Promise<object>((resolve) => {
    started = resolve
  })
  const ended = begin((transaction) => {
    started?.(transaction)
    return new Promise<void>((resolve, reject) => {
      settle = { commit: resolve, rollback: () => reject(ROLLBACK) }
    })
  }).finally(() => {
    over = true
  })
  // postgres.js writes to a socket that is gone, which ends the process, when its transaction is used after the connection was lost.
  const ask = (statement: Prepared): Promise<readonly Row[]> => {
    const broken = ended.then(() => [])
    return over ? broken : Promise.race([broken, query(given, statement)])
  }
  const given = await Promise.race([client, ended.then(() => Promise.reject(ROLLBACK))])
  // A socket that failed in this turn of the event loop is known to be closed in the next.
  const rest = (): Promise<void> => wait(0)
  const untilOver = (): Promise<unknown> => inTime(undefined, (deadline) => deadline.race(ended)).catch(() => undefined)
  // Not after the connection has ended: the client would send COMMIT or ROLLBACK to nobody.
  const rollback = async (): Promise<void> => {
    await rest()
    if (!over) settle?.rollback()
    await untilOver()
  }
  return {
    client: given,
    query: ask,
    lost: ended,
    rest,
    async commit() {
      if (!over) settle?.commit()
      await ended
    },
    rollback,
    async destroy() {
      if (terminate === undefined) return await rollback()
      await terminate()
      await untilOver()
      await rollback()
    },
  }
}
