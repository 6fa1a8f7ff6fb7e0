import type { MaybePromise, UnverifiedRequest } from './request.js'

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
