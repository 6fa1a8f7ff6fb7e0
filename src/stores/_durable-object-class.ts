import type { ClaimOptions, FinishOptions } from '../types.js'
import { claimStep, type EventRecord, finishStep, renewStep, resetStep, type Step } from './_record-steps.js'

/** What is used of a Durable Object's storage, backed by SQLite. */
export interface DurableObjectStorageLike {
  readonly sql: {
    exec(query: string, ...values: (string | number)[]): { toArray(): unknown[] }
  }
  getAlarm(): Promise<number | null>
  setAlarm(time: number): Promise<void>
  deleteAll(): Promise<void>
}

/** All that a request may hold; its verb tells what is there. */
interface Words extends ClaimOptions, FinishOptions {
  readonly key: string
}

/** Frozen: versions n and n+1 meet in one object during a deployment. A later one adds fields to `record`. */
const TABLE = `CREATE TABLE IF NOT EXISTS hookproof_events (
  key TEXT NOT NULL PRIMARY KEY, expires_at INTEGER NOT NULL, record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS hookproof_events_expires ON hookproof_events (expires_at)`

/** An alarm later than this is of no use to anybody. */
const ALARM_LIMIT_MS = 365 * 86_400_000

/**
 * The Durable Object that holds the records of `durableObjectStore`: export it from the Worker and bind it. Each verb reads and writes
 * without giving way in between, so nothing can come between; an alarm removes what is over, and in the end the object itself.
 * @see https://developers.cloudflare.com/durable-objects/best-practices/access-durable-objects-storage/
 */
export class HookproofStore {
  readonly #storage: DurableObjectStorageLike
  #ready = false

  constructor(state: { readonly storage: DurableObjectStorageLike }) {
    this.#storage = state.storage
  }

  async fetch(request: Request): Promise<Response> {
    const verb = new URL(request.url).pathname.slice(1)
    const words = (await request.json()) as Words // sent by durableObjectStore: no other code holds the binding
    try {
      const answer = verb === 'check' ? this.#check() : this.#run(words.key, stepOf(verb, words))
      await this.#schedule()
      return Response.json({ answer })
    } catch (error) {
      return Response.json({ error: codeOf(error) }, { status: 500 })
    }
  }

  /** Removes what is over; an object without records is given back. */
  async alarm(): Promise<void> {
    this.#open()
    this.#storage.sql.exec('DELETE FROM hookproof_events WHERE expires_at <= ?', this.#now())
    if (this.#next() !== undefined) return this.#schedule()
    this.#ready = false
    await this.#storage.deleteAll()
  }

  #run<T>(key: string, step: (record: EventRecord | undefined, now: number) => Step<T>): T {
    this.#open()
    const { sql } = this.#storage
    const now = this.#now()
    const [row] = sql.exec('SELECT record FROM hookproof_events WHERE key = ? AND expires_at > ?', key, now).toArray()
    const record = row === undefined ? undefined : readRecord(row)
    const { answer, write } = step(record, now)
    if (write === undefined) return answer
    const next = { ...record, ...write }
    const values = [key, next.expires ?? now, JSON.stringify(next)] as const
    sql.exec('INSERT OR REPLACE INTO hookproof_events (key, expires_at, record) VALUES (?, ?, ?)', ...values)
    return answer
  }

  #check(): string[] {
    this.#open()
    return []
  }

  #open(): void {
    if (!this.#ready) this.#storage.sql.exec(TABLE)
    this.#ready = true
  }

  #next(): number | undefined {
    const [row] = this.#storage.sql.exec('SELECT MIN(expires_at) AS next FROM hookproof_events').toArray()
    const { next } = (row ?? {}) as { next?: number | null } // one number, as the statement says
    return next ?? undefined
  }

  /** A margin of 1/32 lets the finish of an event come before the alarm that its claim has set, and sweeps many at once. */
  async #schedule(): Promise<void> {
    if ((await this.#storage.getAlarm()) !== null) return
    const next = this.#next()
    const now = this.#now()
    if (next !== undefined) await this.#storage.setAlarm(now + Math.min((next - now) * (33 / 32) + 1, ALARM_LIMIT_MS))
  }

  #now(): number {
    return Date.now()
  }
}

function stepOf(verb: string, words: Words): (record: EventRecord | undefined, now: number) => Step<unknown> {
  if (verb === 'claim') return (record, now) => claimStep(record, words, now)
  if (verb === 'renew') return (record, now) => renewStep(record, words, now)
  if (verb === 'finish') return (record, now) => finishStep(record, words, now)
  if (verb === 'reset') return resetStep
  throw new Error('a verb of a later version')
}

class Damaged extends Error {}

function readRecord(row: unknown): EventRecord {
  try {
    const record: EventRecord = JSON.parse((row as { record: string }).record) // the one column that was asked for
    if (['busy', 'free', 'done', 'dead'].includes(record.state) && Number.isSafeInteger(record.fence)) return record
  } catch {
    // Said below.
  }
  throw new Damaged()
}

function codeOf(error: unknown): string {
  if (error instanceof Damaged) return 'ERR_STORE_CORRUPT'
  return error instanceof Error && /SQLITE_FULL|disk is full/.test(error.message)
    ? 'ERR_STORE_FULL'
    : 'ERR_STORE_UNAVAILABLE'
}
