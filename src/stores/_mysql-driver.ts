import { type ErrorCode, isWebhookError, StoreError, type WebhookError } from '../errors.js'
import { type Deadline, wait } from './_patience.js'
import type { Row, Value } from './_sql.js'

/** A pool of mysql2, of `mysql2/promise` or of `mysql2`. */
export interface MysqlPool {
  getConnection(...callback: never[]): unknown
}

export interface MysqlAnswer {
  readonly rows: readonly Row[]
  /** What the statement handed to LAST_INSERT_ID(). */
  readonly insertId: number
  readonly affectedRows: number
}
export type MysqlDriver = (text: string, values: readonly Value[], deadline: Deadline) => Promise<MysqlAnswer>

interface Connection {
  execute(statement: { sql: string; values: Value[] } & typeof AS_ROWS): Promise<unknown>
  release(): void
  destroy(): void
}
interface PromisePool {
  getConnection(): Promise<Connection>
}

/** A pool's own settings for its queries would hide what a row holds, and a record that cannot be read counts as busy. */
const AS_ROWS = { typeCast: true, rowsAsArray: false, nestTables: false } as const

/** Undefined where it is no pool. */
export function mysqlDriver(pool: unknown): MysqlDriver | undefined {
  if (typeof pool !== 'object' || pool === null) return undefined
  const promised: unknown = Reflect.get(pool, 'promise')
  const chosen = (typeof promised === 'function' ? Reflect.apply(promised, pool, []) : pool) as PromisePool // by the next line
  if (typeof chosen.getConnection !== 'function') return undefined
  return async (text, values, deadline) => {
    for (let pause = 1; ; pause = Math.min(2 * pause, 50)) {
      try {
        return await execute(chosen, text, values, deadline)
      } catch (error) {
        if (!isTransient(error) || deadline.over) throw mysqlError(error)
        await deadline.race(wait(pause * Math.random()))
      }
    }
  }
}

async function execute(
  pool: PromisePool,
  text: string,
  values: readonly Value[],
  deadline: Deadline,
): Promise<MysqlAnswer> {
  const connection = await deadline.race(pool.getConnection(), (late) => late.release())
  try {
    const answer = await deadline.race(connection.execute({ sql: text, values: [...values], ...AS_ROWS }))
    connection.release()
    return answerOf(answer)
  } catch (error) {
    // Unless the server refused the statement and said so, nobody knows what the connection is still doing.
    if (numberOf(error) === undefined || isWebhookError(error)) connection.destroy()
    else connection.release()
    throw error
  }
}

function answerOf(answer: unknown): MysqlAnswer {
  const result: unknown = Array.isArray(answer) ? answer[0] : answer
  if (Array.isArray(result)) return { rows: result, insertId: 0, affectedRows: 0 }
  const header = Object(result)
  return { rows: [], insertId: Number(header.insertId ?? 0), affectedRows: Number(header.affectedRows ?? 0) }
}

/** @see https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const CODES: Readonly<Record<number, ErrorCode>> = {
  1146: 'ERR_STORE_SCHEMA', // no such table
  1054: 'ERR_STORE_SCHEMA', // unknown column
  1049: 'ERR_STORE_SCHEMA', // unknown database
  1021: 'ERR_STORE_FULL', // disk full
  1114: 'ERR_STORE_FULL', // table full
  1205: 'ERR_STORE_TIMEOUT', // lock wait timeout
  1969: 'ERR_STORE_TIMEOUT', // statement timeout
  3024: 'ERR_STORE_TIMEOUT', // statement timeout
  1034: 'ERR_STORE_CORRUPT', // incorrect key file
  1194: 'ERR_STORE_CORRUPT', // table crashed
  1712: 'ERR_STORE_CORRUPT', // index corrupted
}

/** The server's number of an error; undefined where the server did not say anything. */
function numberOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || Reflect.get(error, 'fatal') === true) return undefined
  const number: unknown = Reflect.get(error, 'errno')
  return typeof number === 'number' && number >= 1000 ? number : undefined
}

/** Deadlock, and MariaDB's "record has changed since last read": the statement did nothing, and once more may succeed. */
function isTransient(error: unknown): boolean {
  const number = numberOf(error)
  return number === 1213 || number === 1020
}

/** MySQL's error, or mysql2's, as a StoreError; a StoreError stays what it is. */
export function mysqlError(error: unknown): WebhookError {
  if (isWebhookError(error)) return error
  const code = CODES[numberOf(error) ?? 0] ?? 'ERR_STORE_UNAVAILABLE'
  const cure = code === 'ERR_STORE_SCHEMA' ? '; run `await store.migrate()` once' : ''
  const text = error instanceof Error ? error.message : String(error)
  return new StoreError(code, { detail: `${text}${cure}`, cause: error })
}
