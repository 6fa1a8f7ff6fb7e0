/** A value now or later. Hot paths stay synchronous where they can. */
export type MaybePromise<T> = T | Promise<T>

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
