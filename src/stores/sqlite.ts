import { ConfigError } from '../errors.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import type { MaybePromise } from '../types.js'
import { inTime } from './_patience.js'
import { identifier, type Row, renamed, type SqlStore } from './_sql.js'
import { bound, statements } from './_sql-statements.js'
import { sqlVerbs } from './_sql-store.js'
import { checkSqlite } from './_sqlite-check.js'
import { type SqliteConnection, sqliteConnection } from './_sqlite-connection.js'
import { findSqlite, isSqliteDatabase, type SqliteDatabase, type SqliteDriver, sqliteDriver } from './_sqlite-driver.js'
import { missingColumns, sqliteSchema } from './_sqlite-schema.js'
import { sqliteSweeper } from './_sqlite-sweep.js'
import { sqliteTransaction } from './_sqlite-transaction.js'
import { createTurns } from './_turns.js'

export type { SqlStore } from './_sql.js'
export type { SqliteDatabase } from './_sqlite-driver.js'
export { sqliteSchema } from './_sqlite-schema.js'

export interface SqliteStoreOptions {
  /** Name of the table. @default 'hookproof_events' */
  readonly table?: string | undefined
  /** Commit the handlers' writes together with the event: see `sqliteStore`. @default false */
  readonly transaction?: boolean | undefined
}
export type SqliteOpener<D extends SqliteDatabase = SqliteDatabase> = () => MaybePromise<D>

/** SQLite's clock in ms, from any version. */
const NOW = "CAST(round((julianday('now') - 2440587.5) * 86400000) AS bigint)"

/**
 * Claims in a SQLite file on a local disk, shared by the processes of one machine: WAL, synchronous=FULL, never waiting for a lock in the
 * way of the event loop. What comes in one turn of it shares a commit. Call `migrate()` once, at deployment or at start.
 *
 * `database` is an open database of node:sqlite, better-sqlite3, libsql or bun:sqlite (use it for nothing that stays inside a
 * transaction across an `await`), a function that opens one, or a path (opened with the first of the four that is installed).
 * - `table`: name of the table. @default 'hookproof_events'
 * - `transaction`: with a path or a function only. Each event then gets a connection of its own as `context.transaction`; its writes and
 *   `done` are one commit. SQLite has one writer, so the events of one store run one at a time, in the order of arrival: up to 1,000
 *   wait in memory, each for at most half of its `maxRunMs` (150 s by default) and never past its request's end; then it is busy (503).
 *   A lock is not waited for: while another process or connection writes, an event is busy at once, as is a copy of one that runs or
 *   waits. @default false
 *
 * Throws ConfigError for a wrong argument; a path without any driver fails at the first claim with ERR_PEER_MISSING.
 * @see https://sqlite.org/wal.html
 */
export function sqliteStore<D extends SqliteDatabase>(
  database: SqliteOpener<D>,
  options: SqliteStoreOptions & { readonly transaction: true },
): SqlStore<D>
export function sqliteStore(
  database: string,
  options: SqliteStoreOptions & { readonly transaction: true },
): SqlStore<SqliteDatabase>
export function sqliteStore(
  database: SqliteDatabase | SqliteOpener | string,
  options?: SqliteStoreOptions & { readonly transaction?: false | undefined },
): SqlStore
export function sqliteStore(
  database: SqliteDatabase | SqliteOpener | string,
  options?: SqliteStoreOptions,
): SqlStore | SqlStore<SqliteDatabase> {
  const settings = checkOptions(options, ['table', 'transaction'], 'sqliteStore')
  const table = identifier(settings.table, 'hookproof_events', 'sqliteStore', 'table')
  const open = openerOf(database)
  const transacts = settings.transaction === true
  if (transacts && (open === undefined || database === ':memory:' || database === '')) {
    throw new ConfigError('ERR_OPTION_INVALID', {
      detail:
        'sqliteStore: transaction mode opens a connection per event: pass the path of a file or `() => new Database(path)`',
    })
  }
  const sql = statements({ table: `"${table}"`, now: NOW, greatest: 'max' })
  const turns = createTurns()
  const connect = open ?? (() => sqliteDriver(database as SqliteDatabase)) // checked above
  const connection = sqliteConnection(connect, open !== undefined, turns.pause)
  // Not shared where events wait for the file: the next of them would have it before the end of the turn.
  const write: SqliteConnection['write'] = (deadline, work) =>
    transacts ? connection.transact('IMMEDIATE', deadline, work) : connection.write(deadline, work)
  const verbs = sqlVerbs(sql, {
    query: (statement, values, deadline) => {
      const all = (driver: SqliteDriver): readonly Row[] => driver.all(statement.text, bound(statement, values))
      return statement === sql.explain ? connection.transact('DEFERRED', deadline, all) : write(deadline, all)
    },
    write: (statement, values, deadline) =>
      write(deadline, (driver) => driver.run(statement.text, bound(statement, values))),
  })
  const { count, sweep } = sqliteSweeper(connection, table, NOW)
  const store: SqlStore = {
    name: 'sqlite',
    ...verbs,
    claim(key, claimed) {
      count(key)
      return verbs.claim(key, claimed)
    },
    migrate: () => migrate(connection, table),
    sweep,
    check: () => inTime(undefined, (deadline) => connection.plainly(deadline, (driver) => checkSqlite(driver, table))),
    close() {
      turns.clear()
      return connection.close()
    },
  }
  if (!transacts || open === undefined) return store
  const transacting: SqlStore<SqliteDatabase> = {
    ...store,
    transaction: sqliteTransaction({ sql, open, connection, turns, count }),
  }
  return transacting
}

function openerOf(database: unknown): (() => Promise<SqliteDriver>) | undefined {
  if (typeof database === 'string') {
    let found: ReturnType<typeof findSqlite> | undefined
    return async () => {
      found ??= findSqlite()
      return sqliteDriver(await (await found)(database))
    }
  }
  if (typeof database === 'function') {
    return async () => {
      const opened: unknown = await database()
      if (isSqliteDatabase(opened)) return sqliteDriver(opened)
      throw invalidOption('sqliteStore', 'database', 'a function that returns an open database')
    }
  }
  if (isSqliteDatabase(database)) return undefined
  throw invalidOption('sqliteStore', 'database', 'an open database, a function that opens one, or a path')
}

function migrate(connection: SqliteConnection, table: string): Promise<void> {
  const adapt = (driver: SqliteDriver): void => {
    driver.exec(renamed(sqliteSchema, table))
    for (const column of missingColumns(driver, table)) driver.exec(`ALTER TABLE "${table}" ADD COLUMN ${column}`)
  }
  return inTime(undefined, (deadline) => connection.transact('IMMEDIATE', deadline, adapt))
}
