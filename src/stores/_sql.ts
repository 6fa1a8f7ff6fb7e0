import { invalidOption } from '../lib/options.js'
import type { ClaimResult, Store } from '../types.js'

/** How the tables write a record's state. Frozen: versions n and n+1 share one table. */
export const STATE = { free: 0, busy: 1, done: 2, dead: 3 } as const

/** A store on a database: its table is made by `migrate()` and kept small by `sweep()`. */
export interface SqlStore<Transaction = undefined> extends Store<Transaction> {
  /** Creates the table, or adds the columns of a newer version; safe to run from many processes at once. Throws StoreError. */
  migrate(): Promise<void>
  /** Deletes up to `limit` records whose retention is over and resolves to their number; runs by itself every so many claims. @default 1000 */
  sweep(limit?: number): Promise<number>
}

/** A row as drivers hand it over: 64-bit integers may be numbers, bigints or text. */
export type Row = Readonly<Record<string, unknown>>
export type Value = string | number | null

/** A guess for a holder that the database cannot see into: another transaction. */
export const RETRY_AFTER_MS = 1000

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,47}$/

/** Only plain identifiers, so that quoting is never a question. */
export function identifier(value: unknown, fallback: string, where: string, name: string): string {
  const given = value ?? fallback
  if (typeof given === 'string' && NAME.test(given)) return given
  throw invalidOption(where, name, 'a plain identifier of up to 48 letters, digits and underscores')
}

const ESCAPED = '\u0001'
const UNSAFE = new RegExp(`^${ESCAPED}|[\\0\\p{Surrogate}]`, 'u')

/** Databases refuse NUL and lone surrogates in text, and an event id may hold them. */
export function toText(value: string): string {
  return UNSAFE.test(value) ? ESCAPED + JSON.stringify(value) : value
}

export function fromText(value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  return text.startsWith(ESCAPED) ? String(JSON.parse(text.slice(1))) : text
}

const optionalText = (value: unknown): { result?: string } =>
  typeof value === 'string' ? { result: fromText(value) } : {}

/** What a claim that came back with a row has won. */
export function wonFrom(row: Row): Extract<ClaimResult, { status: 'won' }> {
  return {
    status: 'won',
    fence: Number(row.fence),
    attempt: Number(row.attempts),
    progress: fromText(row.progress),
    tag: fromText(row.tag),
    ...optionalText(row.result),
  }
}

/** Why a claim was lost; undefined where the record is free by now and the claim is worth another try. */
export function lostFrom(row: Row): Exclude<ClaimResult, { status: 'won' }> | undefined {
  const state = Number(row.state)
  const tag = fromText(row.tag)
  if (state === STATE.done || state === STATE.dead) {
    return { status: state === STATE.done ? 'done' : 'dead', tag, ...optionalText(row.result) }
  }
  const left = Number(row.left_ms)
  return state === STATE.busy && left > 0 ? { status: 'busy', retryAfterMs: left, tag } : undefined
}

/** Counts claims and sweeps in the background every `every` of them: no timer, nothing awaited. */
export function sweepEvery(every: number, sweep: () => Promise<unknown>): () => void {
  let claims = 0
  let running = false
  return () => {
    if (++claims < every || running) return
    claims = 0
    running = true
    const end = (): void => {
      running = false
    }
    sweep().then(end, end)
  }
}

/** The text of a schema with the default table's name, for another table. */
export function renamed(schema: string, table: string): string {
  return schema.replaceAll('hookproof_events', table)
}
