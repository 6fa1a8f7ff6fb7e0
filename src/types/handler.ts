import type { WebhookEvent } from './event.js'
import type { MaybePromise } from './request.js'

export interface HandlerContext<Transaction = undefined> {
  /** Aborted when the lease is lost, at maxRunMs, and on close. */
  readonly signal: AbortSignal
  /** 1 for the first run of this event; 0 where no store was asked. */
  readonly attempt: number
  /** Rises with every owner of the event: hand it to resources that refuse older owners. 0 where no store was asked. */
  readonly fence: number
  /** Stable over retries, per event and handler: hand it to APIs that take an idempotency key. */
  readonly idempotencyKey: string
  /** False where the event runs without a record (store: false, or onStoreError: 'process'). */
  readonly deduplicated: boolean
  /**
   * Sets the reply of a single event; stored (2xx, up to 4 KiB) for duplicates. The first wins; a second throws, as does what cannot be
   * sent, headers of the connection among it (`connection`, `transfer-encoding` …). A handler that fails takes its reply back.
   */
  respond(reply: { status?: number; headers?: Record<string, string>; body?: string | Uint8Array | object }): void
  readonly transaction: Transaction
}

export type Handler<Event = WebhookEvent, Transaction = undefined> = (
  event: Event,
  context: HandlerContext<Transaction>,
) => unknown

/** Any Standard Schema (zod, valibot, arktype …). @see https://standardschema.dev */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (
      value: unknown,
    ) => MaybePromise<
      | { readonly value: Output; readonly issues?: undefined }
      | { readonly issues: readonly { readonly message: string; readonly path?: unknown }[] }
    >
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}
