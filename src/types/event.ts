import type { Reply, RetryInfo } from './provider.js'
import type { Coverage } from './scheme.js'

/** A verified event. Prints, logs and serialises without payload, body, headers and signature. */
export interface WebhookEvent<Type extends string = string, Payload = unknown> {
  readonly provider: string
  readonly id: string
  readonly type: Type
  /** Decoded lazily, once. */
  readonly payload: Payload
  /** ms since the epoch, by the provider. */
  readonly timestamp?: number | undefined
  /** ms since the epoch, by the receiver's clock. */
  readonly receivedAt: number
  readonly deliveryId?: string | undefined
  readonly retry?: RetryInfo | undefined
  readonly secretId?: string | undefined
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The request's body as received. */
  readonly rawBody: Uint8Array
}

/** A verified request: what `receiver.verify` resolves to and a guard hands on. */
export interface Delivery<Event = WebhookEvent> {
  readonly provider: string
  readonly secretId?: string | undefined
  /** Signed time of sending, ms since the epoch. */
  readonly timestamp?: number | undefined
  readonly coverage: Coverage
  readonly events: readonly Event[]
  /** The answer, where the request is a signed handshake; `events` is then empty. */
  readonly handshake?: WebhookReply | undefined
}

export type Outcome =
  | 'handled'
  | 'stored'
  | 'duplicate'
  | 'busy'
  | 'handshake'
  | 'unhandled'
  | 'rejected'
  | 'failed'
  | 'unavailable'

/** The answer for the sender and, for you, what became of each event. */
export interface WebhookReply extends Reply {
  readonly outcome: Outcome
  readonly events: readonly { readonly id: string; readonly outcome: Outcome }[]
}
