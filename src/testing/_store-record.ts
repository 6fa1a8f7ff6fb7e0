import assert from 'node:assert/strict'
import type { ClaimOptions, ClaimResult, FinishOptions, MaybePromise, RenewOptions, Store } from '../types.js'

/** What the contract calls: a store without its transactions. */
export type StoreVerbs = Pick<Store, 'claim' | 'renew' | 'finish' | 'reset'>

export type Won = Extract<ClaimResult, { status: 'won' }>
export type Unwon = Exclude<ClaimResult, { status: 'won' }>
export type StoreCase = readonly [
  title: string,
  check: (record: StoreRecord, another: (key?: string) => StoreRecord) => Promise<void>,
]

/** Never over while a case runs. */
export const LONG = 60_000
/** Over after `lapse()`; nothing is asserted while it lasts, so that a slow machine changes no verdict. */
export const SHORT = 60

/** What a finish may leave in a record. */
export const kept = { progress: 'a,!b', result: '{"status":200}' }

/** One key of a store, with the options that a case does not care about filled in. */
export class StoreRecord {
  readonly store: StoreVerbs
  readonly key: string
  readonly advance: (ms: number) => MaybePromise<void>

  constructor(store: StoreVerbs, key: string, advance: (ms: number) => MaybePromise<void>) {
    this.store = store
    this.key = key
    this.advance = advance
  }

  async lapse(): Promise<void> {
    await this.advance(2 * SHORT)
  }

  async claim(nonce: string, options: Partial<ClaimOptions> = {}): Promise<ClaimResult> {
    return await this.store.claim(this.key, { nonce, leaseMs: LONG, retentionMs: LONG, tag: 'tag', ...options })
  }

  async renew(nonce: string, options: Partial<RenewOptions> = {}): Promise<boolean> {
    return await this.store.renew(this.key, { nonce, leaseMs: LONG, retentionMs: LONG, ...options })
  }

  async finish(nonce: string, to: FinishOptions['to'], options: Partial<FinishOptions> = {}): Promise<string> {
    return await this.store.finish(this.key, { nonce, to, progress: '', retentionMs: LONG, ...options })
  }

  async reset(): Promise<boolean | undefined> {
    return await this.store.reset?.(this.key)
  }

  async wins(nonce: string, options?: Partial<ClaimOptions>): Promise<Won> {
    const claimed = await this.claim(nonce, options)
    assert.equal(claimed.status, 'won', `claim by ${nonce} is won`)
    return claimed as Won // asserted above
  }

  async meets(status: Unwon['status'], nonce: string, options?: Partial<ClaimOptions>): Promise<Unwon> {
    const claimed = await this.claim(nonce, options)
    assert.equal(claimed.status, status, `claim by ${nonce} meets a ${status} record`)
    return claimed as Unwon // asserted above
  }

  async finishes(
    as: 'ok' | 'late' | 'lost',
    nonce: string,
    to: FinishOptions['to'],
    options?: Partial<FinishOptions>,
  ): Promise<void> {
    assert.equal(await this.finish(nonce, to, options), as, `finish(${to}) by ${nonce}`)
  }

  /** Claims with a lease that is over when this resolves. */
  async lapsed(nonce: string, options?: Partial<ClaimOptions>): Promise<Won> {
    const won = await this.wins(nonce, { leaseMs: SHORT, ...options })
    await this.lapse()
    return won
  }

  /** Claims and finishes. */
  async settled(nonce: string, to: FinishOptions['to'], options?: Partial<FinishOptions>): Promise<Won> {
    const won = await this.wins(nonce)
    await this.finishes('ok', nonce, to, options)
    return won
  }
}
