import assert from 'node:assert/strict'
import type { ClaimResult, MaybePromise, Store, TransactionOptions, TransactionRun } from '../types.js'
import { StoreRecord, type StoreVerbs } from './_store-record.js'

/** A store in transaction mode with what the contract needs to see beyond it. */
export interface TransactionSubject<Transaction> {
  readonly store: Store<Transaction>
  /** Another store on the same table, in lease mode. */
  readonly lease: StoreVerbs
  /** An effect of a handler: writes one row for `key` through the transaction. */
  write(transaction: Transaction, key: string): unknown
  /** Runs SQL without values, several statements in one text too. */
  execute(transaction: Transaction, sql: string): unknown
  /** How many effects of `key` are committed, asked on a connection of its own. */
  effects(key: string): MaybePromise<number>
}

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
