import { isWebhookError, StoreError, type WebhookError } from '../errors.js'
import { randomId } from '../lib/crypto.js'
import type { TransactionOptions, TransactionRun } from '../types.js'
import { lend } from './_lent-client.js'
import { createDeadline, type Deadline, inTime } from './_patience.js'
import { type PostgresDriver, type PostgresSession, type Prepared, returning } from './_postgres-client.js'
import { lost, postgresCode, postgresError } from './_postgres-errors.js'
import { RETRY_AFTER_MS } from './_sql.js'
import type { Statement, Statements, Values } from './_sql-statements.js'
import { claimWith, finishValues, type Sql } from './_sql-store.js'
import { ENDED_BY_HANDLER, notCommitted, type Transact, type TransactionResult, unlessAborted } from './_transaction.js'

interface Parts {
  readonly sql: Statements
  readonly begin: NonNullable<PostgresDriver['begin']>
  readonly prepare: (statement: Statement, values: Values) => Prepared
  /** Called once a claim. */
  readonly count: () => void
}
type Run<T> = (transaction: object, attempt: number) => Promise<TransactionRun<T>>

/** A commit is one write to disk; where it takes longer than this, its outcome is not known here. */
const COMMIT_MS = 5000
const TERMS = { ignored: ['release', 'end', 'close'], nested: ['savepoint'] }
/** in_failed_sql_transaction */
const FAILED = '25P02'

export function postgresTransaction(parts: Parts): Transact<object> {
  return async (key, options, run) => {
    parts.count()
    // A handler that hangs without a statement is ended by the server too, should this process be gone.
    const idle = Math.min(Math.ceil(options.maxRunMs), 2 ** 31 - 1)
    const script = `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = ${idle}`
    const session = await inTime(undefined, (deadline) => parts.begin(script, deadline)).catch(refuse)
    if (session === undefined) return { status: 'busy', retryAfterMs: RETRY_AFTER_MS, tag: options.tag }
    let settled = false
    try {
      const ended = await runIn(parts, session, key, options, run, () => {
        settled = true
      })
      return ended
    } catch (error) {
      if (!settled) await giveUp(session, options.signal, error)
      throw error
    }
  }
}

function refuse(error: unknown): never {
  throw postgresError(error)
}

/** After an orderly failure the connection may go back; never while a handler or a statement may still be at it. */
async function giveUp(session: PostgresSession, signal: AbortSignal, error: unknown): Promise<void> {
  const orderly = !signal.aborted && !(isWebhookError(error) && error.code === 'ERR_STORE_TIMEOUT')
  if (orderly) await session.rollback().catch(() => undefined)
  else await session.destroy()
}

async function runIn<T>(
  { sql, prepare }: Parts,
  session: PostgresSession,
  key: string,
  options: TransactionOptions,
  run: Run<T>,
  settling: () => void,
): Promise<TransactionResult<T>> {
  const ask: Sql = {
    query: (statement, values, deadline) => deadline.race(session.query(prepare(statement, values))).catch(refuse),
    write: async (statement, values, deadline) =>
      (await deadline.race(session.query(returning(prepare(statement, values)))).catch(refuse)).length,
  }
  const nonce = randomId()
  const claimed = await inTime(undefined, (deadline) =>
    claimWith(sql, ask, key, { ...options, nonce, leaseMs: options.maxRunMs }, deadline),
  )
  if (claimed.status !== 'won') {
    settling()
    await session.rollback().catch(() => undefined)
    return claimed
  }
  const loan = lend(session.client, TERMS)
  let ran: TransactionRun<T>
  try {
    ran = await unlessAborted(options.signal, () => run(loan.client, claimed.attempt), session.lost?.catch(refuse))
  } finally {
    loan.end()
  }
  const ending = { nonce, to: 'done', progress: '', result: ran.result, retentionMs: options.retentionMs } as const
  const deadline = createDeadline(undefined, COMMIT_MS)
  try {
    await session.rest?.()
    await finish(() => deadline.race(session.query(returning(prepare(sql.finish, finishValues(key, ending))))))
    settling()
    await commit(session, deadline)
  } finally {
    deadline.clear()
  }
  return { status: 'ran', value: ran.value }
}

async function finish(write: () => Promise<readonly unknown[]>): Promise<void> {
  let rows: readonly unknown[]
  try {
    rows = await write()
  } catch (error) {
    if (postgresCode(error) === FAILED) throw notCommitted('one of its statements failed', error)
    throw postgresError(error)
  }
  if (rows.length === 0) throw notCommitted(ENDED_BY_HANDLER)
}

async function commit(session: PostgresSession, deadline: Deadline): Promise<void> {
  try {
    await deadline.race(session.commit())
  } catch (error) {
    if (deadline.over) await session.destroy()
    throw commitError(error)
  }
}

/** The server's own refusal (a deferred constraint, a serialization failure) is a plain no; a connection that ends in between is not. */
function commitError(error: unknown): WebhookError {
  if (isWebhookError(error) || lost(error)) return new StoreError('ERR_STORE_COMMIT_UNKNOWN', { cause: error })
  return notCommitted(error instanceof Error ? error.message : 'the database refused', error)
}
