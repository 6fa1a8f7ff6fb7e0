import { StoreError } from '../errors.js'
import { isThenable } from '../lib/thenable.js'
import type { MaybePromise } from '../types.js'
import { type Deadline, wait } from './_patience.js'
import { type SqliteDriver, sqliteCode } from './_sqlite-driver.js'

/** DEFERRED to read, IMMEDIATE to write. */
type Mode = 'DEFERRED' | 'IMMEDIATE'

/** The store's own connection: opened at the first use, and never waiting for a lock inside SQLite. */
export interface SqliteConnection {
  /** Runs `work` in a transaction as soon as no other connection writes. Rejects with ERR_STORE_TIMEOUT in the end. */
  transact<T>(mode: Mode, deadline: Deadline, work: (driver: SqliteDriver) => T): Promise<T>
  /** Runs `work` outside of transactions, for settings and for questions about them. */
  plainly<T>(deadline: Deadline, work: (driver: SqliteDriver) => T): Promise<T>
  close(): Promise<void>
}

interface Opened {
  readonly driver: SqliteDriver
  /** The application's busy_timeout, to be restored after each verb; 0 where the connection is the store's. */
  readonly patience: number
  ready: boolean
}

/**
 * `own`: opened by the store, hence its settings are the store's and it is closed in the end. `pause` may end early where the lock is
 * known to be free.
 */
export function sqliteConnection(
  open: () => MaybePromise<SqliteDriver>,
  own: boolean,
  pause: (ms: number) => Promise<void> = wait,
): SqliteConnection {
  let connecting: MaybePromise<Opened> | undefined
  const start = async (): Promise<Opened> => {
    const driver = await open()
    if (own) driver.exec('PRAGMA busy_timeout = 0')
    connecting = { driver, patience: own ? 0 : Number(pragma(driver, 'busy_timeout')), ready: false }
    return connecting
  }
  const connect = (): MaybePromise<Opened> => {
    connecting ??= start().catch((error: unknown) => {
      connecting = undefined
      throw error
    })
    return connecting
  }
  const prepared =
    <T>(work: (driver: SqliteDriver) => T) =>
    (opened: Opened): T => {
      refuseForeignTransaction(opened.driver)
      return withoutWaiting(opened, () => {
        opened.ready ||= setUp(opened.driver)
        return work(opened.driver)
      })
    }
  /** Asks again while SQLite is busy. Its own busy handler would hold up the event loop. */
  async function patiently<T>(deadline: Deadline, work: (opened: Opened) => T): Promise<T> {
    const connected = connect()
    const opened = isThenable(connected) ? await deadline.race(connected) : connected
    for (let ms = 1; ; ms = Math.min(2 * ms, 20)) {
      try {
        return work(opened)
      } catch (error) {
        if (!isBusy(error) || deadline.over) throw error
        await deadline.race(pause(ms + Math.random()))
      }
    }
  }
  return {
    transact: (mode, deadline, work) =>
      patiently(
        deadline,
        prepared((driver) => within(driver, mode, work)),
      ),
    plainly: (deadline, work) => patiently(deadline, prepared(work)),
    async close() {
      const opened = await connecting
      connecting = undefined
      if (own) opened?.driver.close()
    },
  }
}

/**
 * One verb is one statement; the transaction around it is there so that BUSY comes from BEGIN. A prepared statement that met BUSY keeps
 * a snapshot open in libsql, and all later reads of the connection then see the past.
 */
function within<T>(driver: SqliteDriver, mode: Mode, work: (driver: SqliteDriver) => T): T {
  driver.exec(`BEGIN ${mode}`)
  try {
    const result = work(driver)
    driver.exec('COMMIT')
    return result
  } catch (error) {
    rollback(driver)
    throw error
  }
}

/** Some errors have rolled back already. */
export function rollback(driver: SqliteDriver): void {
  try {
    if (driver.inTransaction() !== false) driver.exec('ROLLBACK')
  } catch {
    // Nothing was open.
  }
}

export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error instanceof StoreError ? error.cause : error)
  return code === 'BUSY' || code === 'LOCKED'
}

/** A database that the application uses as well gets its own patience back. */
function withoutWaiting<T>({ driver, patience }: Opened, work: () => T): T {
  if (patience === 0) return work()
  driver.exec('PRAGMA busy_timeout = 0')
  try {
    return work()
  } finally {
    driver.exec(`PRAGMA busy_timeout = ${patience}`)
  }
}

/** A claim inside a transaction of the application would vanish with its rollback. */
function refuseForeignTransaction(driver: SqliteDriver): void {
  if (driver.inTransaction() !== true) return
  throw new StoreError('ERR_STORE_UNSAFE', {
    detail: 'this connection is inside a transaction of the application: give the store a connection of its own',
  })
}

/** Durability before speed: NORMAL may lose the last commits in a power cut. Where it cannot be set, `check()` tells. */
export function setUp(driver: SqliteDriver): boolean {
  try {
    if (Number(pragma(driver, 'synchronous')) < 2) driver.exec('PRAGMA synchronous = FULL')
    if (pragma(driver, 'journal_mode') !== 'wal') driver.exec('PRAGMA journal_mode = WAL')
    return true
  } catch (error) {
    return !isBusy(error)
  }
}

export function pragma(driver: SqliteDriver, name: string): unknown {
  return Object.values(driver.all(`PRAGMA ${name}`)[0] ?? {})[0]
}
