import type { ErrorCode } from '../errors.js'
import type { Incoming, MaybePromise } from './request.js'

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
  /** How it signs, as data and without the secret: for tools that sign, such as `signRequest` of hookproof/testing. */
  readonly recipe?: object | undefined
  verify(incoming: Incoming): MaybePromise<Verdict>
}

/** A coded remark for the log. */
export interface Notice {
  readonly code: string
  readonly message: string
}
