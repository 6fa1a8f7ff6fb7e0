/** Where an error's cure is described. */
const DOCS = 'https://github.com/hookproof/hookproof/blob/main/docs/errors.md'

/** `retry`: the provider's retry status (500 unless it says otherwise); `unverified`, `malformed`: its refusals. */
type Answer = 'unverified' | 'malformed' | 'retry' | number

/** One row a code: what the sender is answered, and what the operator reads. docs/errors.md has a heading for each. */
const TABLE = {
  // SignatureError: the sender has to act, or it is a forgery
  ERR_SIGNATURE_MISSING: ['unverified', 'the signature header is missing: is the secret set at the provider?'],
  ERR_SIGNATURE_MALFORMED: ['unverified', 'the signature header does not have the form that this provider sends'],
  ERR_SIGNATURE_MISMATCH: [
    'unverified',
    'no secret produces this signature: compare the secret, and that the raw body arrives unchanged',
  ],
  ERR_TIMESTAMP_MISSING: ['unverified', 'the signed timestamp is missing'],
  ERR_TIMESTAMP_INVALID: ['unverified', 'the signed timestamp is not of the form that this provider sends'],
  ERR_TIMESTAMP_STALE: [
    'unverified',
    'the signed timestamp is older than the tolerance: is a queue in between, or this clock ahead?',
  ],
  ERR_TIMESTAMP_FUTURE: ['unverified', 'the signed timestamp lies in the future: is this clock behind?'],
  ERR_CREDENTIALS_MISSING: ['unverified', 'the token or password is missing'],
  ERR_CREDENTIALS_MISMATCH: ['unverified', 'the token or password is wrong'],
  ERR_SENDER_NOT_ALLOWED: [
    'unverified',
    'genuinely signed, but for another account, topic or webhook than the allowed ones',
  ],
  ERR_KEY_UNTRUSTED: ['unverified', 'the key or certificate that the request names is not trusted'],
  ERR_TENANT_UNKNOWN: ['unverified', 'the secret function knows no secret for this request'],
  ERR_HANDSHAKE_REFUSED: [403, 'the verify token of the handshake is missing or wrong'],
  // RequestError: the request itself
  ERR_METHOD_NOT_ALLOWED: [405, 'this method is not used by the provider'],
  ERR_HEADER_DUPLICATED: ['malformed', 'a header that decides about the request came more than once'],
  ERR_HEADER_INVALID: ['malformed', 'a header is empty, too long or not of the documented form'],
  ERR_QUERY_DUPLICATED: ['malformed', 'a query parameter that decides about the request came more than once'],
  ERR_URL_INVALID: ['malformed', 'the request target is not a URL or path'],
  ERR_HANDSHAKE_INVALID: [
    'malformed',
    'the challenge of the handshake is missing, too long or holds control characters',
  ],
  ERR_BODY_TOO_LARGE: [413, 'the body is larger than maxBodyBytes'],
  ERR_BODY_ENCODING: [415, 'a compressed body is not accepted: the signature covers the bytes that were sent'],
  ERR_BODY_TIMEOUT: [408, 'the body did not arrive in time'],
  ERR_BODY_ABORTED: ['malformed', 'the connection ended before the body was complete'],
  ERR_BODY_INVALID: ['malformed', 'the body is genuine, but not of the format that the provider sends'],
  ERR_EVENT_ID_MISSING: ['malformed', 'the event carries no id'],
  ERR_EVENT_ID_INVALID: [
    'malformed',
    "the event's id is not a string of 1 to 512 well-formed characters or a safe integer",
  ],
  ERR_EVENT_TYPE_MISMATCH: ['malformed', 'the event type in the unsigned header does not fit the signed body'],
  // ConfigError: whoever set the receiver up
  ERR_BODY_CONSUMED: [
    'retry',
    'another parser read the body before hookproof: mount hookproof before it, or keep the raw bytes',
  ],
  ERR_OPTION_INVALID: ['retry', 'an option has a value that cannot work'],
  ERR_OPTION_UNKNOWN: ['retry', 'an option does not exist'],
  ERR_SECRET_INVALID: [503, 'a secret is empty, quoted, an API key or not decodable'],
  ERR_SECRET_LOOKUP: [503, 'the secret function failed or was too slow'],
  ERR_KEY_LOOKUP: [503, 'a key, certificate, key set or verdict could not be had from its server'],
  ERR_PEER_MISSING: ['retry', 'an optional package is needed and not installed'],
  ERR_KEY_FUNCTION: ['retry', 'the key function threw or returned no usable key'],
  ERR_INTERNAL: ['retry', 'an unexpected error inside hookproof or an extractor of the provider'],
  // StoreError: whoever runs the store
  ERR_STORE_UNAVAILABLE: [503, 'the store could not be reached, or refused'],
  ERR_STORE_TIMEOUT: [503, 'the store did not answer within storeTimeoutMs'],
  ERR_STORE_FULL: [503, 'the store has no room and nothing may be dropped'],
  ERR_STORE_SCHEMA: [503, "the store's tables are missing or of an older version: run migrate()"],
  ERR_STORE_CORRUPT: [503, "the store's file or a record is damaged"],
  ERR_STORE_UNSAFE: [503, 'the store is set up so that it loses records'],
  ERR_STORE_COMMIT_UNKNOWN: [503, 'the connection ended during COMMIT: the retry learns whether it took effect'],
  ERR_TRANSACTION_SETTLED: ['retry', 'context.transaction was used after its event was settled'],
  // HandlerError: your handlers
  ERR_HANDLER_FAILED: ['retry', 'a handler threw'],
  ERR_HANDLER_TIMEOUT: [503, 'the handlers were still running at maxRunMs'],
  ERR_HANDLER_PERMANENT: ['retry', 'a handler failed for good'],
  ERR_RETRY_LATER: [503, 'a handler asked for a later retry'],
  ERR_PAYLOAD_SCHEMA: ['retry', "the payload does not fit the handler's schema"],
  ERR_RESPOND_TWICE: ['retry', 'respond() was called twice for one event, or in a batch'],
  ERR_LEASE_LOST: [503, 'another process took the event over while it ran here'],
  ERR_SHED: [503, 'maxConcurrent is reached'],
  ERR_CLOSING: [503, 'the receiver is closing'],
} as const

/** Every code, stable within a major version. */
export type ErrorCode = keyof typeof TABLE

/** Options of an error: what caused it and what exactly is wrong (never a secret, signature or body). */
export interface ErrorDetails {
  readonly cause?: unknown
  /** Follows the code's own text. */
  readonly detail?: string | undefined
  /** Stands in place of the code's own text. */
  readonly message?: string | undefined
}

const BRAND = Symbol.for('hookproof.error')

/** Base of all errors: a stable `code`, and the `status` that the sender gets. */
export class WebhookError extends Error {
  // Written out, here and below: a bundler that shortens names would show another one in every log.
  static override get name(): string {
    return 'WebhookError'
  }
  readonly code: ErrorCode
  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const text =
      details.message ?? (details.detail === undefined ? TABLE[code][1] : `${TABLE[code][1]}: ${details.detail}`)
    super(
      `${text} (${code}, see ${DOCS}#${code.toLowerCase()})`,
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.code = code
    this.name = new.target.name
    Object.defineProperty(this, BRAND, { value: true })
  }
  /** HTTP status by default; a provider may need another. */
  get status(): number {
    return statusOf(this.code)
  }
}

/** The sender has to act, or it is a forgery. */
export class SignatureError extends WebhookError {
  static override get name(): string {
    return 'SignatureError'
  }
}
/** The request itself is wrong. */
export class RequestError extends WebhookError {
  static override get name(): string {
    return 'RequestError'
  }
}
/** Whoever set the receiver up has to act. */
export class ConfigError extends WebhookError {
  static override get name(): string {
    return 'ConfigError'
  }
}
/** Whoever runs the store has to act. */
export class StoreError extends WebhookError {
  static override get name(): string {
    return 'StoreError'
  }
}
/** A handler failed. `event` is not part of it, so that it can be logged. */
export class HandlerError extends WebhookError {
  static override get name(): string {
    return 'HandlerError'
  }
}

/** Throw it from a handler that can never succeed: the event counts as settled and the sender gets a success. */
export class PermanentError extends HandlerError {
  static override get name(): string {
    return 'PermanentError'
  }
  constructor(message = 'the handler gave up for good', options: { readonly cause?: unknown } = {}) {
    super('ERR_HANDLER_PERMANENT', { message, cause: options.cause })
  }
}

/** Throw it from a handler that wants to be retried no sooner than in `seconds`; only sets Retry-After. */
export class RetryLater extends HandlerError {
  static override get name(): string {
    return 'RetryLater'
  }
  readonly seconds: number
  constructor(seconds: number, options: { readonly cause?: unknown } = {}) {
    super('ERR_RETRY_LATER', { cause: options.cause })
    this.seconds = seconds
  }
}

/** True for every WebhookError, of this or another copy of the package. */
export function isWebhookError(value: unknown): value is WebhookError {
  try {
    return typeof value === 'object' && value !== null && BRAND in value && 'code' in value
  } catch {
    return false // a proxy that was revoked, or will not be asked
  }
}

const CLASSES: {
  readonly upTo: ErrorCode
  readonly make: new (code: ErrorCode, details?: ErrorDetails) => WebhookError
}[] = [
  { upTo: 'ERR_HANDSHAKE_REFUSED', make: SignatureError },
  { upTo: 'ERR_EVENT_TYPE_MISMATCH', make: RequestError },
  { upTo: 'ERR_INTERNAL', make: ConfigError },
  { upTo: 'ERR_TRANSACTION_SETTLED', make: StoreError },
]
/** Codes in the table's order: it groups them by class. */
export const ERROR_CODES = Object.keys(TABLE) as readonly ErrorCode[]

/** The error of a code, in the class of whoever has to act. */
export function errorOf(code: ErrorCode, details?: ErrorDetails): WebhookError {
  const position = ERROR_CODES.indexOf(code)
  const group = CLASSES.find(({ upTo }) => position <= ERROR_CODES.indexOf(upTo))
  return new (group?.make ?? HandlerError)(code, details)
}

/** What the sender is answered for a code: a status, or one of the provider's own. */
export function answerOf(code: ErrorCode): Answer {
  return TABLE[code][0]
}

const DEFAULTS = { unverified: 401, malformed: 400, retry: 500 } as const

/** The status of a code where the provider has none of its own. */
export function statusOf(
  code: ErrorCode,
  statuses: {
    readonly unverified?: number | undefined
    readonly malformed?: number | undefined
    readonly retry?: number | undefined
  } = {},
): number {
  const answer = answerOf(code)
  return typeof answer === 'number' ? answer : (statuses[answer] ?? DEFAULTS[answer])
}

/** The operator's text of a code. */
export function textOf(code: ErrorCode): string {
  return TABLE[code][1]
}
