import assert from 'node:assert/strict'
import type { ClaimResult, TransactionOptions, TransactionRun } from '../types.js'
import { StoreRecord } from './_store-record.js'
import type { TransactionSubject } from './transaction-contract.js'

export type TransactionCase = readonly [
  title: string,
  check: (record: TransactionRecord, another: () => TransactionRecord) => Promise<void>,
]
export type Ended<T = unknown> = { readonly status: 'ran'; readonly value: T } | Exclude<ClaimResult, { status: 'won' }>
type Run<T> = (transaction: unknown, attempt: number) => Promise<TransactionRun<T>>

/** One key of a store in transaction mode, with the options that a case does not care about filled in. */
export class TransactionRecord {
  readonly subject: TransactionSubject<unknown>
  readonly key: string
  /** The same key in lease mode. */
  readonly lease: StoreRecord

  constructor(subject: TransactionSubject<unknown>, key: string) {
    this.subject = subject
    this.key = key
    this.lease = new StoreRecord(subject.lease, key, (ms) => new Promise((resolve) => setTimeout(resolve, ms)))
  }

  async transact<T>(run: Run<T>, options: Partial<TransactionOptions> = {}): Promise<Ended<T>> {
    assert.ok(this.subject.store.transaction !== undefined, 'the store has a transaction()')
    const { signal } = new AbortController()
    const all = { tag: 'tag', retentionMs: 60_000, maxRunMs: 10_000, signal, ...options }
    return await this.subject.store.transaction(this.key, all, run)
  }

  /** Writes one effect and ends well. */
  async effect(options?: Partial<TransactionOptions>): Promise<Ended<number>> {
    return await this.transact(async (transaction, attempt) => {
      await this.subject.write(transaction, this.key)
      return { value: attempt, result: 'reply' }
    }, options)
  }

  async ran(attempt: number, options?: Partial<TransactionOptions>): Promise<void> {
    assert.deepEqual(await this.effect(options), { status: 'ran', value: attempt })
  }

  async meets(expected: Ended): Promise<void> {
    const met = await this.transact(async () => assert.fail('the handlers ran'))
    assert.deepEqual(met, expected)
  }

  async has(effects: number): Promise<void> {
    assert.equal(await this.subject.effects(this.key), effects, 'committed effects')
  }
}

/** A promise with its ends in hand. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}
