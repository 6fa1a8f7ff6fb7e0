import { StoreError } from '../errors.js'
import { randomId } from '../lib/crypto.js'
import type { TransactionOptions, TransactionRun } from '../types.js'
import { lend } from './_lent-client.js'
import { createDeadline, inTime } from './_patience.js'
import { RETRY_AFTER_MS } from './_sql.js'
import { bound, type Statements } from './_sql-statements.js'
import { claimWith, finishValues, type Query } from './_sql-store.js'
import { isBusy, patiently, rollback, type SqliteConnection, setUp } from './_sqlite-connection.js'
import { type SqliteDatabase, type SqliteDriver, sqliteCode } from './_sqlite-driver.js'
import { ENDED_BY_HANDLER, notCommitted, type Transact, type TransactionResult, unlessAborted } from './_transaction.js'

interface Parts {
  readonly sql: Statements
  readonly open: () => Promise<SqliteDriver>
  readonly connection: SqliteConnection
  /** Called once a claim. */
  readonly count: () => void
}
type Run<T> = (transaction: SqliteDatabase, attempt: number) => Promise<TransactionRun<T>>

/** Told by RELEASE whether the transaction is still the one that was begun: COMMIT and ROLLBACK end all savepoints. */
const SAVEPOINT = 'hookproof'

/** Each event on a connection of its own: its settings and attached files end with it. */
export function sqliteTransaction({ sql, open, connection, count }: Parts): Transact<SqliteDatabase> {
  const running = new Set<string>()
  return async (key, options, run) => {
    if (running.has(key)) return { status: 'busy', retryAfterMs: RETRY_AFTER_MS, tag: options.tag }
    running.add(key)
    count()
    let driver: SqliteDriver | undefined
    try {
      // Held open, so that closing the event's connection never is the last close, which would fold the log into the file.
      await inTime(undefined, (deadline) => connection.plainly(deadline, () => undefined))
      driver = await open()
      driver.exec('PRAGMA busy_timeout = 0')
      return await runIn(driver, sql, key, options, run)
    } finally {
      running.delete(key)
      discard(driver)
    }
  }
}

async function runIn<T>(
  driver: SqliteDriver,
  sql: Statements,
  key: string,
  options: TransactionOptions,
  run: Run<T>,
): Promise<TransactionResult<T>> {
  const query: Query = async (statement, values) => driver.all(statement.text, bound(statement, values))
  if (!(await begin(driver))) return { status: 'busy', retryAfterMs: RETRY_AFTER_MS, tag: options.tag }
  const nonce = randomId()
  const deadline = createDeadline(options.signal)
  const claimed = await claimWith(sql, query, key, { ...options, nonce, leaseMs: options.maxRunMs }, deadline)
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
  await query(sql.finish, finishValues(key, ending), deadline)
  commit(driver)
  return { status: 'ran', value: ran.value }
}

/** Not every driver rolls back on close while a handler holds a statement: libsql and bun:sqlite then keep the lock. */
function discard(driver: SqliteDriver | undefined): void {
  if (driver === undefined) return
  rollback(driver)
  driver.close()
}

/** False where another connection kept writing for as long as a verb may take. */
async function begin(driver: SqliteDriver): Promise<boolean> {
  try {
    await inTime(undefined, (deadline) =>
      patiently(
        deadline,
        () => driver,
        () => {
          setUp(driver)
          driver.exec('BEGIN IMMEDIATE')
        },
      ),
    )
    return true
  } catch (error) {
    if (isBusy(error) || (error instanceof StoreError && error.code === 'ERR_STORE_TIMEOUT')) return false
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
    throw error
  }
}
