import { errorOf, isWebhookError, StoreError, type WebhookError } from '../errors.js'
import type { MaybePromise } from '../types.js'
import type { Row, Value } from './_sql.js'

/** What node:sqlite, better-sqlite3, libsql and bun:sqlite have in common. */
export interface SqliteDatabase {
  prepare(sql: string): object
  exec(sql: string): unknown
  close(): unknown
}

/** One connection. Every function is synchronous. */
export interface SqliteDriver {
  readonly database: SqliteDatabase
  exec(sql: string): void
  /** Runs to the last row: a driver's `get` may leave the commit of an INSERT to a reset whose error nobody sees. */
  all(sql: string, values?: readonly Value[]): readonly Row[]
  /** Resolves to the number of changed rows. */
  run(sql: string, values?: readonly Value[]): number
  /** Undefined where the driver cannot tell (node:sqlite before Node 22.16). */
  inTransaction(): boolean | undefined
  close(): void
}

interface SqliteStatement {
  all(...values: readonly Value[]): readonly Row[]
  run(...values: readonly Value[]): { readonly changes: number | bigint }
  /** Of node:sqlite, whose databases may be opened with `returnArrays`. */
  setReturnArrays?(enabled: boolean): void
}

/** True for an object with the three methods; what they do is then the driver's word. */
export function isSqliteDatabase(value: unknown): value is SqliteDatabase {
  const methods = ['prepare', 'exec', 'close'] as const
  return (
    typeof value === 'object' &&
    value !== null &&
    methods.every((name) => typeof Reflect.get(value, name) === 'function')
  )
}

export function sqliteDriver(database: SqliteDatabase): SqliteDriver {
  const cached = new Map<string, SqliteStatement>()
  const prepared = (sql: string): SqliteStatement => {
    let statement = cached.get(sql)
    if (statement === undefined) {
      statement = database.prepare(sql) as SqliteStatement // the same two methods in all four drivers
      statement.setReturnArrays?.(false)
      cached.set(sql, statement)
    }
    return statement
  }
  return {
    database,
    exec(sql) {
      attempt(() => database.exec(sql))
    },
    all: (sql, values = []) => attempt(() => prepared(sql).all(...values)),
    run: (sql, values = []) => attempt(() => Number(prepared(sql).run(...values).changes)),
    inTransaction: () =>
      attempt(() => {
        // libsql ends the process where a closed database is asked.
        if (Reflect.get(database, 'open') === false) return undefined
        const flag = Reflect.get(database, 'inTransaction') ?? Reflect.get(database, 'isTransaction')
        return typeof flag === 'boolean' ? flag : undefined
      }),
    close: () => attempt(() => void database.close()),
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw sqliteError(error)
  }
}

const NAMES: Readonly<Record<number, string>> = {
  5: 'BUSY',
  6: 'LOCKED',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  19: 'CONSTRAINT',
  26: 'NOTADB',
}

/** SQLite's own name of an error, without extension (`BUSY`): node:sqlite gives numbers, the others names. */
export function sqliteCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const number = Reflect.get(error, 'errcode') ?? Reflect.get(error, 'errno')
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code === 'string' && code.startsWith('SQLITE_')) return code.split('_')[1]
  return typeof number === 'number' ? NAMES[number & 0xff] : undefined
}

export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error instanceof StoreError ? error.cause : error)
  return code === 'BUSY' || code === 'LOCKED'
}

/** SQLite's error as a StoreError; a StoreError stays what it is. */
function sqliteError(error: unknown): WebhookError {
  if (isWebhookError(error)) return error
  const code = sqliteCode(error)
  const text = error instanceof Error ? error.message : ''
  if (/no such (table|column)|has no column named/.test(text)) {
    return new StoreError('ERR_STORE_SCHEMA', { detail: `${text}; run \`await store.migrate()\` once`, cause: error })
  }
  const detail = code === undefined ? text : `SQLITE_${code}`
  if (code === 'BUSY' || code === 'LOCKED') return new StoreError('ERR_STORE_TIMEOUT', { detail, cause: error })
  if (code === 'FULL') return new StoreError('ERR_STORE_FULL', { detail, cause: error })
  if (code === 'CORRUPT' || code === 'NOTADB') return new StoreError('ERR_STORE_CORRUPT', { detail, cause: error })
  return new StoreError('ERR_STORE_UNAVAILABLE', { detail, cause: error })
}

type Constructor = new (path: string) => unknown
/** Each with the name of its class. A driver that is installed but was never compiled fails in the constructor. */
const DRIVERS = [
  ['node:sqlite', 'DatabaseSync'],
  ['bun:sqlite', 'Database'],
  ['better-sqlite3', 'default'],
  ['libsql', 'default'],
] as const

/** The first driver that this runtime has. Throws ConfigError ERR_PEER_MISSING. */
export async function findSqlite(
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<(path: string) => MaybePromise<SqliteDatabase>> {
  for (const [name, exported] of DRIVERS) {
    try {
      const Database = Reflect.get(Object(await load(name)), exported) as Constructor // called in the next line
      const probe = new Database(':memory:')
      if (!isSqliteDatabase(probe)) continue
      probe.close()
      return (path) => attempt(() => new Database(path) as SqliteDatabase) // like the probe
    } catch {
      // Not here: the next one may be.
    }
  }
  throw errorOf('ERR_PEER_MISSING', {
    detail: 'a path needs node:sqlite (Node 22.5 up), bun:sqlite, better-sqlite3 or libsql: run `npm install libsql`',
  })
}
