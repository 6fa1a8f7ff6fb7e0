import { StoreError } from '../errors.js'
import { isThenable } from '../lib/thenable.js'
import type { MaybePromise } from '../types.js'
import { type Deadline, wait } from './_patience.js'
import { isBusy, type SqliteDriver } from './_sqlite-driver.js'
import { type SqliteGroup, sqliteGroup } from './_sqlite-group.js'

/** DEFERRED to read, IMMEDIATE to write. */
type Mode = 'DEFERRED' | 'IMMEDIATE'

/** The store's own connection: opened at the first use, and never waiting for a lock inside SQLite. */
export interface SqliteConnection {
  /** Runs `work` in a transaction as soon as no other connection writes. Rejects with ERR_STORE_TIMEOUT in the end. */
  transact<T>(mode: Mode, deadline: Deadline, work: (driver: SqliteDriver) => T): Promise<T>
  /** Runs `work` in an IMMEDIATE transaction that it shares with what else is written in this turn of the event loop. */
  write<T>(deadline: Deadline, work: (driver: SqliteDriver) => T): Promise<T>
  /** Runs `work` outside of transactions, for settings and for questions about them. */
  plainly<T>(deadline: Deadline, work: (driver: SqliteDriver) => T): Promise<T>
  close(): Promise<void>
}

interface Opened {
  readonly driver: SqliteDriver
  /** The application's busy_timeout, to be restored after each verb; 0 where the connection is the store's. */
  readonly patience: number
  ready: boolean
  readonly group: SqliteGroup
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
    const opened: Opened = {
      driver,
      patience: own ? 0 : Number(pragma(driver, 'busy_timeout')),
      ready: false,
      group: sqliteGroup(
        (work) => within(opened, 'IMMEDIATE', work),
        (work) => single(opened, work),
      ),
    }
    connecting = opened
    return opened
  }
  const connect = (): MaybePromise<Opened> => {
    connecting ??= start().catch((error: unknown) => {
      connecting = undefined
      throw error
    })
    return connecting
  }
  /** Asks again while SQLite is busy. Its own busy handler would hold up the event loop. */
  async function patiently<T>(deadline: Deadline, work: (opened: Opened) => MaybePromise<T>): Promise<T> {
    const connected = connect()
    const opened = isThenable(connected) ? await deadline.race(connected) : connected
    for (let ms = 1; ; ms = Math.min(2 * ms, 20)) {
      try {
        return await work(opened)
      } catch (error) {
        if (!isBusy(error) || deadline.over) throw error
        await deadline.race(pause(ms + Math.random()))
      }
    }
  }
  return {
    transact: (mode, deadline, work) => patiently(deadline, (opened) => within(opened, mode, work)),
    write: (deadline, work) => patiently(deadline, ({ group }) => group.add(deadline, work)),
    plainly: (deadline, work) => patiently(deadline, (opened) => prepared(opened, work)),
    async close() {
      const opened = await connecting
      if (opened === undefined || opened !== connecting) return // by another call, meanwhile
      connecting = undefined
      opened.group.flush()
      if (own) opened.driver.close()
    },
  }
}

/**
 * One statement is a transaction by itself: BEGIN and COMMIT around it take 10 µs. Where a driver cannot tell whether the application has one
 * open, BEGIN has to.
 */
function single<T>(opened: Opened, work: (driver: SqliteDriver) => T): T {
  const inTransaction = opened.driver.inTransaction()
  if (inTransaction === undefined) return within(opened, 'IMMEDIATE', work)
  const endingIt = (driver: SqliteDriver): T => {
    try {
      return work(driver)
    } catch (error) {
      if (isBusy(error)) endStatement(driver, work)
      throw error
    }
  }
  return prepared(opened, endingIt, inTransaction)
}

/**
 * A statement that met BUSY is not at its end in libsql: it keeps its snapshot, all later reads of the connection see the past, and no COMMIT
 * works. Any other error ends it, and READONLY comes before a lock is asked for.
 */
function endStatement(driver: SqliteDriver, work: (driver: SqliteDriver) => unknown): void {
  driver.exec('PRAGMA query_only = 1')
  try {
    work(driver)
  } catch {
    // As intended.
  } finally {
    driver.exec('PRAGMA query_only = 0')
  }
}

/** BUSY comes from BEGIN, which is never prepared, as COMMIT is not: one that met BUSY would keep a snapshot, or the lock. */
function within<T>(opened: Opened, mode: Mode, work: (driver: SqliteDriver) => T): T {
  return prepared(opened, (driver) => {
    driver.exec(`BEGIN ${mode}`)
    try {
      const result = work(driver)
      driver.exec('COMMIT')
      return result
    } catch (error) {
      rollback(driver)
      throw error
    }
  })
}

function prepared<T>(
  opened: Opened,
  work: (driver: SqliteDriver) => T,
  inTransaction: boolean | undefined = opened.driver.inTransaction(),
): T {
  if (inTransaction === true) throw foreignTransaction()
  return withoutWaiting(opened, () => {
    opened.ready ||= setUp(opened.driver)
    return work(opened.driver)
  })
}

/** Some errors have rolled back already. */
export function rollback(driver: SqliteDriver): void {
  try {
    if (driver.inTransaction() !== false) driver.exec('ROLLBACK')
  } catch {
    // Nothing was open.
  }
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
function foreignTransaction(): StoreError {
  return new StoreError('ERR_STORE_UNSAFE', {
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
