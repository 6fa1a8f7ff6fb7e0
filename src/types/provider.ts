import type { ErrorCode } from '../errors.js'
import type { Incoming, MaybePromise } from './request.js'
import type { Coverage, Notice, Scheme, Verified } from './scheme.js'

/** What an event is, by its provider. */
export interface Identity {
  /** The idempotency key's id: a string of 1 to 512 well-formed characters or a safe integer. */
  readonly id: string | number | undefined
  /** No id, but a signed timestamp: the sha256 of the signed input is the id. */
  readonly keyBySignedInput?: boolean | undefined
  /** Most precise name: `issues.opened`. */
  readonly type: string
  /** The delivery's own id, where it is not the event's. */
  readonly deliveryId?: string | undefined
  readonly retry?: RetryInfo | undefined
  /** When it happened or was sent, ms since the epoch, by the provider. */
  readonly timestamp?: number | undefined
}
export interface RetryInfo {
  /** 1 for the first retry. */
  readonly number: number
  readonly reason?: string | undefined
}

/** A verified request, as a provider's extractors see it. */
export interface Message extends Incoming {
  readonly verified: Verified
  /** Decoded once by the provider's `body` format. Throws RequestError ERR_BODY_INVALID. */
  readonly payload: unknown
}

/** What goes back to the sender. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** Statuses that a provider needs to differ from the defaults. */
export interface Statuses {
  /** @default 200 */
  readonly success?: number | undefined
  /** Bad or missing signature, stale, unknown tenant. @default 401 */
  readonly unverified?: number | undefined
  /** @default 400 */
  readonly malformed?: number | undefined
  /** A handler failed, or our own misconfiguration. @default 500 */
  readonly retry?: number | undefined
}

/** Facts about a vendor, as data: retention, reply, replay guard and docs row come from them. */
export interface ProviderFacts {
  /** What one authenticates at most. Shown in the docs; a delivery tells its own. */
  readonly coverage: Coverage
  /** Whether the event id is covered by the signature. */
  readonly idSigned: boolean
  /** Whether a retry carries the same id. */
  readonly idStable: 'yes' | 'no' | 'unconfirmed' | 'none'
  /** Signed timestamps may be off by this, both ways. @default 300 */
  readonly toleranceSeconds?: number | undefined
  /** How long the provider waits for an answer. */
  readonly deadlineSeconds?: number | undefined
  /** How long it retries by itself; 0: never. */
  readonly retryHorizonSeconds: number
  /** How long someone may resend by hand. */
  readonly resendHorizonSeconds?: number | undefined
  readonly statuses?: Statuses | undefined
  /** Success reply beyond the status. */
  readonly success?: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } | undefined
  /** Documented cap on a body. @default 1 MiB */
  readonly maxBodyBytes?: number | undefined
  /** What the vendor does on a 4xx, for the docs. */
  readonly on4xx?: 'retries' | 'drops' | 'disables' | 'unconfirmed' | undefined
  /** Statements that no primary source confirmed, for the docs table. */
  readonly unconfirmed?: readonly string[] | undefined
}

/** Decodes a verified body: JSON, form fields, XML. */
export interface BodyFormat {
  readonly name: string
  /** Throws RequestError ERR_BODY_INVALID. */
  decode(body: Uint8Array, incoming: Incoming): unknown
}

/** Proof of ownership and pings that are answered, never claimed and never handled. */
export interface Handshakes {
  /** Methods besides POST that a handshake uses. */
  readonly methods?: readonly string[] | undefined
  /** Unsigned; sees method, URL and headers only, before the body is read. */
  open?(incoming: Incoming): MaybePromise<Reply | ErrorCode | undefined>
  /** Unsigned, told by the body; asked only where the signature is missing. At most `maxBytes` are read. */
  readonly openBody?:
    | { readonly maxBytes: number; reply(incoming: Incoming): Reply | ErrorCode | undefined }
    | undefined
  /** Signed: asked after verification. */
  signed?(message: Message): Reply | ErrorCode | undefined
}

/** One vendor, as data. Make one with `defineProvider`. */
export interface Provider<Id extends string = string, Events extends object = object> {
  /** File name, subpath and docs row. */
  readonly id: Id
  /** Part of every idempotency key; frozen for ever. @default the id */
  readonly keyId: string
  readonly name: string
  /** The vendor's page on verification. */
  readonly docs: string
  readonly facts: ProviderFacts
  readonly scheme: Scheme
  readonly body: BodyFormat
  /** Methods of genuine deliveries. @default ['POST'] */
  readonly methods?: readonly string[] | undefined
  readonly handshakes?: Handshakes | undefined
  /** The payload of each event of a batch. Left out: one request is one event. */
  events?(message: Message): readonly unknown[]
  /** Event name, id and so on, from verified bytes wherever the vendor signs them. */
  identify(payload: unknown, message: Message): Identity
  /** True where two honest events cannot have equal bytes: the replay guard then keys by the signed input. */
  unique?(payload: unknown, type: string): boolean
  /** 400 unless true: an event type from an unsigned header must fit the body. */
  matches?(payload: unknown, type: string): boolean
  /** Misconfigurations worth one warning when the receiver is made. */
  readonly warnings?: readonly Notice[] | undefined
  /** Phantom: carries the event map. */
  readonly '~events'?: Events
}
