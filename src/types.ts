import type { ErrorCode } from './errors.js'

/** A value now or later. Hot paths stay synchronous where they can. */
export type MaybePromise<T> = T | Promise<T>

// ---------------------------------------------------------------------------------------------------------------- requests

/** Header fields as a platform delivers them: names in any case, or a `Headers` object. */
export type HeaderFields =
  | { readonly [name: string]: string | readonly string[] | undefined }
  | { get(name: string): string | null; forEach(callback: (value: string, name: string) => void): void }

/**
 * Reads the raw body to its end, at most `limit` bytes. Called at most once, and only after the cheap checks passed.
 * Rejects with a RequestError: ERR_BODY_TOO_LARGE, ERR_BODY_TIMEOUT, ERR_BODY_ABORTED, ERR_BODY_CONSUMED.
 */
export type BodyReader = (limit: number) => MaybePromise<Uint8Array>

/** One HTTP request, as raw as the platform has it. */
export interface WebhookRequest {
  readonly method: string
  /** Path and query as received (`/hooks?x=1`), or an absolute URL. */
  readonly url: string
  readonly headers: HeaderFields
  /** The bytes as received; a string is taken as UTF-8. Adapters pass a function, so that a hopeless request is never read. */
  readonly body: Uint8Array | string | BodyReader
  /** Path parameters of the route. */
  readonly params?: Readonly<Record<string, string | undefined>> | undefined
  /** Name, value, name, value … before the platform joined repeated fields (node: `req.rawHeaders`). */
  readonly rawHeaders?: readonly string[] | undefined
}

/** What a `secret` function sees. Nothing in it is verified. */
export interface UnverifiedRequest {
  readonly method: string
  readonly url: string
  readonly headers: HeaderFields
  readonly params: Readonly<Record<string, string | undefined>>
}

/** A request as schemes and providers see it. Header values are as received; every accessor is case-insensitive. */
export interface Incoming {
  readonly method: string
  readonly url: string
  readonly params: Readonly<Record<string, string | undefined>>
  /** Empty until the body is read. */
  readonly body: Uint8Array
  /** Receiver's clock at arrival, ms since the epoch. */
  readonly now: number
  /** How far a signed timestamp may be off, both ways, in ms. `Infinity` switches the check off. */
  readonly toleranceMs: number
  /** How long a `secret` function may take, in ms. */
  readonly secretTimeoutMs: number
  readonly unverified: UnverifiedRequest
  /** One field's value. Throws RequestError ERR_HEADER_DUPLICATED where it came twice. */
  header(name: string): string | undefined
  /** One query parameter, decoded. Throws RequestError ERR_QUERY_DUPLICATED where it came twice. */
  query(name: string): string | undefined
  /** All fields, names in lower case, repeated ones joined by ', '. */
  headers(): Readonly<Record<string, string>>
  /** The body as JSON, parsed once. Throws RequestError ERR_BODY_INVALID. */
  json(): unknown
  /** The body as form fields, parsed once, in order. Throws RequestError ERR_BODY_INVALID. */
  form(): readonly (readonly [name: string, value: string])[]
}

// ---------------------------------------------------------------------------------------------------------------- secrets

/** One secret with a label for logs and an end of life (a Date, ms since the epoch, or an ISO 8601 string). */
export interface LabelledSecret {
  readonly value: string
  readonly id?: string | undefined
  readonly notAfter?: Date | number | string | undefined
}
export type Secret = string | LabelledSecret
/** One secret, or a list, newest first; undefined entries are skipped. */
export type Secrets = Secret | undefined | readonly (Secret | undefined)[]
/** `null` or an empty list: unknown tenant, refused as a bad signature. A throw or a late answer: 503. */
export type SecretLookupResult = Secrets | null | { readonly tenant: string; readonly secret: Secrets | null }
export type SecretLookup = (request: UnverifiedRequest) => MaybePromise<SecretLookupResult>
export type SecretOption = Secrets | SecretLookup

/** Full public URL that the provider calls, an origin to which path and query are added, or a function. Never taken from Host. */
export type PublicUrl = string | ((request: UnverifiedRequest) => string)

// ---------------------------------------------------------------------------------------------------------------- schemes

/** What the sender's credentials authenticated: everything, only the named fields, only the sender, or nothing. */
export type Coverage = 'full' | 'token' | 'none' | { readonly fields: readonly string[] }

/** A genuine and fresh request. */
export interface Verified {
  readonly coverage: Coverage
  /** The exact input of the MAC or verifier, in order. Empty where nothing is signed. */
  readonly signed: readonly (Uint8Array | string)[]
  /** Signed time of sending, ms since the epoch. */
  readonly timestamp?: number | undefined
  /** Label of the secret or key that matched. */
  readonly secretId?: string | undefined
  /** Tenant part of the idempotency key: what a `secret` function returned, or a fingerprint of the matched secret. */
  readonly tenant?: string | undefined
  /** The authenticated content, where it is not the body itself (a form field, the claims of a JWT). */
  readonly content?: unknown
}
/** Verified, or the code of the refusal: a refusal is frequent and costs no Error object. */
export type Verdict = Verified | ErrorCode

export interface RequiredHeaders {
  readonly anyOf: readonly string[]
  readonly code: ErrorCode
}

/** How a vendor signs. A plain object; factories are in `hookproof/schemes/*`. */
export interface Scheme {
  readonly kind: string
  readonly coverage: Coverage
  /** Of each group at least one header must be there, else its code is answered before the body is read. */
  readonly requires: readonly RequiredHeaders[]
  /** Whether a signed timestamp exists (the tolerance then applies). */
  readonly timestamped: boolean
  /** Misconfigurations worth one warning when the receiver is made. */
  readonly warnings?: readonly Notice[] | undefined
  verify(incoming: Incoming): MaybePromise<Verdict>
}

/** A coded remark for the log. */
export interface Notice {
  readonly code: string
  readonly message: string
}

// ---------------------------------------------------------------------------------------------------------------- providers

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
  readonly openBody?: { readonly maxBytes: number; reply(incoming: Incoming): Reply | undefined } | undefined
  /** Signed: asked after verification. */
  signed?(message: Message): Reply | undefined
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

// ---------------------------------------------------------------------------------------------------------------- events

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

// ---------------------------------------------------------------------------------------------------------------- handlers

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
  /** Sets the reply of a single event; stored (2xx, up to 4 KiB) for duplicates. The first wins; a second throws. */
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

// ---------------------------------------------------------------------------------------------------------------- stores

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
  readonly maxRunMs: number
  readonly rerun?: boolean | undefined
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

// ---------------------------------------------------------------------------------------------------------------- receiver

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
  /** Never throws, never rejects. */
  receive(request: WebhookRequest): Promise<WebhookReply>
  /**
   * Turns the receiver into a guard: verifies and claims, the application does the work. The function never throws, never rejects.
   * Throws ConfigError ERR_OPTION_INVALID where handlers are registered or the store works in transactions.
   */
  guard(): (request: WebhookRequest) => Promise<Admission>
}
