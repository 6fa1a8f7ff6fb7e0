import { StoreError } from '../errors.js'
import { randomId } from '../lib/crypto.js'
import type { TransactionOptions, TransactionRun } from '../types.js'
import { lend } from './_lent-client.js'
import { createDeadline, inTime } from './_patience.js'
import { RETRY_AFTER_MS } from './_sql.js'
import { bound, type Statements } from './_sql-statements.js'
import { claimWith, finishValues, type Sql } from './_sql-store.js'
import { rollback, type SqliteConnection, setUp } from './_sqlite-connection.js'
import { isBusy, type SqliteDatabase, type SqliteDriver, sqliteCode } from './_sqlite-driver.js'
import { ENDED_BY_HANDLER, notCommitted, type Transact, type TransactionResult, unlessAborted } from './_transaction.js'
import type { Turns } from './_turns.js'

interface Parts {
  readonly sql: Statements
  readonly open: () => Promise<SqliteDriver>
  readonly connection: SqliteConnection
  /** SQLite has one writer: an event has its turn at the file until its connection is closed. */
  readonly turns: Turns
  /** Called once a claim. */
  readonly count: (key: string) => void
}
type Run<T> = (transaction: SqliteDatabase, attempt: number) => Promise<TransactionRun<T>>

/** Told by RELEASE whether the transaction is still the one that was begun: COMMIT and ROLLBACK end all savepoints. */
const SAVEPOINT = 'hookproof'

/** Each event on a connection of its own: its settings and attached files end with it. */
export function sqliteTransaction(parts: Parts): Transact<SqliteDatabase> {
  const { turns } = parts
  const here = new Set<string>()
  return async (key, options, run) => {
    const busy = { status: 'busy', retryAfterMs: RETRY_AFTER_MS, tag: options.tag } as const
    // A copy of an event that runs or waits would only wait to hear so.
    if (here.has(key)) return busy
    here.add(key)
    try {
      // Half of its time for the handlers: whoever waited longer would be aborted in the middle of them.
      if (!(await turns.take(options.signal, options.maxRunMs / 2))) return busy
      try {
        return (await inTurn(parts, key, options, run)) ?? busy
      } finally {
        turns.pass()
      }
    } finally {
      here.delete(key)
    }
  }
}

/** Undefined where another connection writes. */
async function inTurn<T>(
  { sql, open, connection, count }: Parts,
  key: string,
  options: TransactionOptions,
  run: Run<T>,
): Promise<TransactionResult<T> | undefined> {
  // Held open, so that closing the event's connection never is the last close, which would fold the log into the file.
  await inTime(undefined, (deadline) => connection.plainly(deadline, () => undefined))
  // What it sweeps has to be deleted before the event takes the lock.
  count(key)
  const driver = await inTime(undefined, (deadline) => deadline.race(open(), discard))
  try {
    driver.exec('PRAGMA busy_timeout = 0')
    return begin(driver) ? await runIn(driver, sql, key, options, run) : undefined
  } finally {
    discard(driver)
  }
}

async function runIn<T>(
  driver: SqliteDriver,
  sql: Statements,
  key: string,
  options: TransactionOptions,
  run: Run<T>,
): Promise<TransactionResult<T>> {
  const ask: Sql = {
    query: async (statement, values) => driver.all(statement.text, bound(statement, values)),
    write: async (statement, values) => driver.run(statement.text, bound(statement, values)),
  }
  const nonce = randomId()
  const deadline = createDeadline(options.signal)
  const claimed = await claimWith(sql, ask, key, { ...options, nonce, leaseMs: options.maxRunMs }, deadline)
  if (claimed.status !== 'won') return claimed
  driver.exec(`SAVEPOINT ${SAVEPOINT}`)
  const loan = lend(driver.database, { lends: ['prepare', 'query'] })
  let ran: TransactionRun<T>
  try {
    ran = await unlessAborted(options.signal, () => run(loan.client, claimed.attempt))
  } finally {
    loan.end()
  }
  release(driver)
  const ending = { nonce, to: 'done', progress: '', result: ran.result, retentionMs: options.retentionMs } as const
  await ask.write(sql.finish, finishValues(key, ending), deadline)
  commit(driver)
  return { status: 'ran', value: ran.value }
}

/** Not every driver rolls back on close while a handler holds a statement: libsql and bun:sqlite then keep the lock. */
function discard(driver: SqliteDriver): void {
  rollback(driver)
  driver.close()
}

/** False where another connection writes: for how long it will, nobody knows, and a sender is not kept waiting for a guess. */
function begin(driver: SqliteDriver): boolean {
  try {
    setUp(driver)
    driver.exec('BEGIN IMMEDIATE')
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  }
}

function release(driver: SqliteDriver): void {
  try {
    driver.exec(`RELEASE ${SAVEPOINT}`)
  } catch (error) {
    throw notCommitted(ENDED_BY_HANDLER, error)
  }
}

function commit(driver: SqliteDriver): void {
  try {
    driver.exec('COMMIT')
  } catch (error) {
    const code = sqliteCode(error instanceof StoreError ? error.cause : error)
    // An I/O error while the log is forced to disk leaves open what a restart finds there.
    if (code === 'IOERR') throw new StoreError('ERR_STORE_COMMIT_UNKNOWN', { cause: error })
    if (code === 'CONSTRAINT') throw notCommitted('a deferred constraint does not hold', error)
    throw error
  }
}
