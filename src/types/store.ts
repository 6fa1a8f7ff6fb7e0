import type { MaybePromise } from './request.js'
import type { Notice } from './scheme.js'

export type ClaimResult =
  | {
      readonly status: 'won'
      readonly fence: number
      readonly attempt: number
      readonly progress: string
      readonly result?: string | undefined
      readonly tag: string
    }
  | { readonly status: 'busy'; readonly retryAfterMs: number; readonly tag: string }
  | { readonly status: 'done' | 'dead'; readonly result?: string | undefined; readonly tag: string }

export interface ClaimOptions {
  /** Random, one per claim: decides ownership. */
  readonly nonce: string
  readonly leaseMs: number
  readonly retentionMs: number
  /** The unsigned delivery or event id; the first claim's is kept. */
  readonly tag: string
  /** Makes done and dead records claimable: progress and result are cleared, the attempt count kept. */
  readonly rerun?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}
export interface RenewOptions {
  readonly nonce: string
  readonly leaseMs: number
  readonly retentionMs: number
  readonly signal?: AbortSignal | undefined
}
export interface FinishOptions {
  readonly nonce: string
  readonly to: 'done' | 'free' | 'dead'
  /** Settled handlers, kept with `free`. */
  readonly progress: string
  /** The handler's reply, serialised. */
  readonly result?: string | undefined
  readonly retentionMs: number
  readonly signal?: AbortSignal | undefined
}
export interface TransactionOptions {
  readonly tag: string
  readonly retentionMs: number
  /** The longest that the whole run may take, waiting included. */
  readonly maxRunMs: number
  readonly rerun?: boolean | undefined
  /** Aborts at `maxRunMs` at the latest: the transaction then ends at once, even if the handlers go on. */
  readonly signal: AbortSignal
}

/** What a transaction ended with; `result` is stored with `done`. */
export interface TransactionRun<T> {
  readonly value: T
  readonly result?: string | undefined
}

/**
 * An idempotency store: one record an event, absent -> BUSY(nonce, fence, lease) -> DONE | FREE | DEAD. Every verb is one atomic step
 * by the store's own clock, idempotent for a repeated nonce. A third party's store proves itself with `storeContract`.
 */
export interface Store<Transaction = undefined> {
  /** Shown in logs. */
  readonly name: string
  /** Remarks for the log when a receiver is made with it. */
  readonly warnings?: readonly Notice[] | undefined
  /** Won: absent, free, lease over, same nonce (same fence and attempt), or finished with `rerun`. Throws StoreError rather than guess. */
  claim(key: string, options: ClaimOptions): MaybePromise<ClaimResult>
  /** False: not the owner any more. A lapsed lease that nobody took is renewed. */
  renew(key: string, options: RenewOptions): MaybePromise<boolean>
  /** ok: owner, or the same finish again. late: `done` recorded although absent or free. lost: nothing changed. */
  finish(key: string, options: FinishOptions): MaybePromise<'ok' | 'late' | 'lost'>
  /** Done and dead become free, result cleared, attempt and tag kept; false, and nothing changed, when absent, busy or free already. */
  reset?(key: string): MaybePromise<boolean>
  /** Claim, the handlers' writes and done in one commit. A store that has it is used in this way only. */
  transaction?<T>(
    key: string,
    options: TransactionOptions,
    run: (transaction: Transaction, attempt: number) => Promise<TransactionRun<T>>,
  ): Promise<{ readonly status: 'ran'; readonly value: T } | Exclude<ClaimResult, { readonly status: 'won' }>>
  /** Settings that lose records, one sentence each; empty when all is well. */
  check?(): MaybePromise<readonly string[]>
  /** Frees what the store itself opened; never a client that was passed in. */
  close?(): MaybePromise<void>
}
