import { StoreError } from '../errors.js'
import { type Settled, SettledRecords } from './_settled.js'

/** A record that had to go although its retention was not over: the same event would run again. */
export interface Eviction {
  readonly key: string
  readonly state: 'done' | 'dead' | 'free'
  /** How many so far. */
  readonly evictions: number
}

/** A record that somebody runs, or whose lease is over and that nobody took yet. */
export interface Running {
  readonly nonce: string
  readonly fence: number
  readonly attempt: number
  readonly tag: string
  readonly progress: string
  readonly result: string | undefined
  leaseEnd: number
  expires: number
}

/** The records of a memory store, by state; at most `max` of them. */
export class MemoryRecords {
  evictions = 0
  readonly #running = new Map<string, Running>()
  readonly #finished = new SettledRecords()
  readonly #free = new SettledRecords()
  readonly #max: number
  readonly #onEvict: (evicted: Eviction) => void

  constructor(max: number, onEvict: (evicted: Eviction) => void) {
    this.#max = max
    this.#onEvict = onEvict
  }

  get size(): number {
    return this.#running.size + this.#finished.size + this.#free.size
  }

  running(key: string, now: number): Running | undefined {
    const owner = this.#running.get(key)
    if (owner === undefined || owner.expires > now) return owner
    this.#running.delete(key)
    return undefined
  }

  settled(key: string, now: number): Settled | undefined {
    const settled = this.#finished.get(key) ?? this.#free.get(key)
    if (settled === undefined || settled.expires > now) return settled
    this.remove(key)
    return undefined
  }

  run(key: string, owner: Running): void {
    this.#running.set(key, owner)
  }

  settle(key: string, record: Settled): void {
    if (record.state === 'free') this.#free.add(key, record)
    else this.#finished.add(key, record)
  }

  remove(key: string): void {
    if (!this.#running.delete(key) && !this.#finished.delete(key)) this.#free.delete(key)
  }

  /** Makes room for one more. Throws StoreError ERR_STORE_FULL where every record is running. */
  makeRoom(now: number): void {
    this.#forgetExpired(now)
    while (this.size >= this.#max) {
      if (this.#evict(this.#finished) || this.#evict(this.#free) || this.#forgetLongLapsed(now)) continue
      throw new StoreError('ERR_STORE_FULL', { detail: `all ${this.#max} records of the memory store are running` })
    }
  }

  /** Two a call and kind: more than a claim adds, so that what is over goes without a pause. */
  #forgetExpired(now: number): void {
    this.#finished.expire(now, 2)
    this.#free.expire(now, 2)
  }

  #evict(records: SettledRecords): boolean {
    const dropped = records.dropOldest()
    if (dropped === undefined) return false
    this.evictions++
    this.#onEvict({ ...dropped, evictions: this.evictions })
    return true
  }

  /** Drops one whose lease and retention are over; looked for only where nothing else can go. */
  #forgetLongLapsed(now: number): boolean {
    for (const [key, owner] of this.#running) if (owner.expires <= now) return this.#running.delete(key)
    return false
  }
}
