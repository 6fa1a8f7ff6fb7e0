import type { Delivery, WebhookEvent, WebhookReply } from './event.js'
import type { WebhookRequest } from './request.js'
import type { Store } from './store.js'

/** Structural: pino, winston's child, console. Called with fields first, text second. */
export interface Logger {
  debug?(fields: object, message: string): void
  info?(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface ReceiverOptions<Transaction = undefined> {
  /** Where claims live; `false` switches deduplication off. @default memoryStore(), bounded, one per receiver */
  readonly store?: Store<Transaction> | false | undefined
  /** ms since the epoch. @default Date.now */
  readonly clock?: (() => number) | undefined
  /** How far a signed timestamp may be off, both ways; 0 means 0, Infinity off. @default the provider's, else 300 */
  readonly toleranceSeconds?: number | undefined
  /** @default the provider's documented cap, else 1 MiB */
  readonly maxBodyBytes?: number | undefined
  /** How long a claim holds without renewal; renewed at a third. @default 30 000 */
  readonly leaseMs?: number | undefined
  /** How long one request's handlers may run in all. @default 300 000 */
  readonly maxRunMs?: number | undefined
  /** How long a finished record is remembered. @default from the provider's retry horizon */
  readonly retentionSeconds?: number | undefined
  /** Tells two receivers of one provider on one store apart. @default 'default' */
  readonly endpoint?: string | undefined
  /** Replaces the event's id as the idempotency key. */
  readonly key?: ((event: WebhookEvent) => string) | undefined
  /** Overrides the provider's `unique` for all events. */
  readonly replayGuard?: boolean | undefined
  /** 'run' makes finished events run again when they are delivered again; refused for providers that retry by themselves. @default 'skip' */
  readonly redeliver?: 'skip' | 'run' | undefined
  /** 'process' runs events without deduplication while the store is unreachable. @default 'fail' */
  readonly onStoreError?: 'fail' | 'process' | undefined
  /** Verified requests at work at once; more are answered 503. @default Infinity */
  readonly maxConcurrent?: number | undefined
  /** How long the store may take in all. @default 1 000 */
  readonly storeTimeoutMs?: number | undefined
  /** How long a `secret` function may take. @default 2 000 */
  readonly secretTimeoutMs?: number | undefined
  /** `false` is silent. @default the console */
  readonly logger?: Logger | false | undefined
}

/** A guard's answer: reply at once, or let the application run and settle by its status. */
export type Admission =
  | { readonly reply: WebhookReply }
  | {
      readonly delivery: Delivery
      /** 2xx: done; else free. */
      settle(status: number): Promise<void>
      /** The connection closed without an answer: nothing is settled, the lease ends it. */
      abandon(): void
    }

/** What adapters mount: any receiver, whatever its event types. */
export interface WebhookEndpoint {
  readonly provider: { readonly id: string }
  /** Never throws, never rejects. An adapter's request has getters: hand it on as it is, since a copy by spread lacks them. */
  receive(request: WebhookRequest): Promise<WebhookReply>
  /**
   * Turns the receiver into a guard: verifies and claims, the application does the work. The function never throws, never rejects.
   * Throws ConfigError ERR_OPTION_INVALID where handlers are registered or the store works in transactions.
   */
  guard(): (request: WebhookRequest) => Promise<Admission>
}
