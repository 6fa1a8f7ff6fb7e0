import type { ClaimOptions, ClaimResult, FinishOptions, RenewOptions, Store } from '../types.js'
import { microseconds } from './_fence.js'
import { type Deadline, inTime } from './_patience.js'
import { fromText, lostFrom, RETRY_AFTER_MS, type Row, STATE, toText, wonFrom } from './_sql.js'
import type { Statement, Statements, Values } from './_sql-statements.js'

/** Runs one statement by itself. Rejects with a StoreError, at the deadline at the latest. */
type Run<T> = (statement: Statement, values: Values, deadline: Deadline) => Promise<T>
export type Query = Run<readonly Row[]>
export interface Sql {
  readonly query: Query
  /** For a statement that returns nothing: the number of rows that it wrote. */
  readonly write: Run<number>
}

export type Verbs = Required<Pick<Store, 'claim' | 'renew' | 'finish' | 'reset'>>

/** The four verbs in SQL, for databases that can say RETURNING. */
export function sqlVerbs(sql: Statements, run: Sql): Verbs {
  return {
    claim: (key, options) => inTime(options.signal, (deadline) => claimWith(sql, run, key, options, deadline)),
    renew: (key, options) => inTime(options.signal, (deadline) => renewWith(sql, run, key, options, deadline)),
    finish: (key, options) => inTime(options.signal, (deadline) => finishWith(sql, run, key, options, deadline)),
    reset: (key) => inTime(undefined, async (deadline) => (await run.write(sql.reset, { key }, deadline)) > 0),
  }
}

export type ClaimValues = Values & { readonly key: string; readonly fence: number }

export function claimValues(key: string, options: Omit<ClaimOptions, 'signal'>): ClaimValues {
  return {
    key,
    fence: microseconds(),
    nonce: options.nonce,
    lease: options.leaseMs,
    // A record that is held is never forgotten.
    retention: Math.max(options.retentionMs, options.leaseMs),
    tag: toText(options.tag),
    rerun: options.rerun === true ? 1 : 0,
  }
}

export function finishValues(key: string, options: Omit<FinishOptions, 'signal'>): Values {
  return {
    key,
    nonce: options.nonce,
    state: STATE[options.to],
    progress: toText(options.progress),
    result: options.result === undefined ? null : toText(options.result),
    retention: options.retentionMs,
  }
}

/** A record that another takes whenever it looks free counts as busy after this many tries. */
const TRIES = 3

type Claiming = Omit<ClaimOptions, 'signal'>

/** One round trip for a key that is not there, a second one tells why it was lost, and only a record that may be taken over costs a third. */
export async function claimWith(
  sql: Pick<Statements, 'fresh' | 'claim' | 'explain'>,
  run: Sql,
  key: string,
  options: Claiming,
  deadline: Deadline,
): Promise<ClaimResult> {
  const values = claimValues(key, options)
  const written = await run.write(sql.fresh, values, deadline)
  if (written > 0) return wonFresh(values.fence, options)
  return await claimStanding(sql, run.query, values, options, deadline)
}

function wonFresh(fence: number, { tag }: Claiming): ClaimResult {
  return { status: 'won', fence, attempt: 1, progress: '', tag }
}

/**
 * A claim of a record that stood a moment ago. Whatever becomes of it in between (finished, let go, taken, swept), `claim` judges what it
 * finds by itself: `explain` only spares it where it would lose.
 */
async function claimStanding(
  sql: Pick<Statements, 'claim' | 'explain'>,
  query: Query,
  values: Values,
  options: Claiming,
  deadline: Deadline,
): Promise<ClaimResult> {
  let row: Row = {}
  for (let tries = 0; tries < TRIES; tries++) {
    row = (await query(sql.explain, values, deadline))[0] ?? {}
    const lost = lostFrom(row)
    const takeable = lost?.status === 'busy' ? Boolean(row.mine) : options.rerun === true
    if (lost !== undefined && !takeable) return lost
    if (!row.open) break
    const [won] = await query(sql.claim, values, deadline)
    if (won !== undefined) return wonFrom(won)
  }
  return { status: 'busy', retryAfterMs: RETRY_AFTER_MS, tag: row.tag == null ? options.tag : fromText(row.tag) }
}

async function renewWith(
  sql: Pick<Statements, 'renew'>,
  run: Sql,
  key: string,
  { nonce, leaseMs, retentionMs }: RenewOptions,
  deadline: Deadline,
): Promise<boolean> {
  const retention = Math.max(retentionMs, leaseMs)
  return (await run.write(sql.renew, { key, nonce, lease: leaseMs, retention }, deadline)) > 0
}

async function finishWith(
  sql: Pick<Statements, 'finish' | 'late'>,
  run: Sql,
  key: string,
  options: FinishOptions,
  deadline: Deadline,
): Promise<'ok' | 'late' | 'lost'> {
  const values = finishValues(key, options)
  if ((await run.write(sql.finish, values, deadline)) > 0) return 'ok'
  if (options.to !== 'done') return 'lost'
  return (await run.write(sql.late, values, deadline)) > 0 ? 'late' : 'lost'
}
