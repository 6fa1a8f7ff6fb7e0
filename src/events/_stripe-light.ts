import type { SnapshotName, ThinName } from './_stripe-names.js'

/** A snapshot event: the object as it was when the event was made. */
export interface StripeSnapshot<Type extends string = string> {
  readonly id: string
  readonly object: 'event'
  readonly type: Type
  readonly account?: string
  readonly api_version: string | null
  readonly context?: string
  /** Seconds since the epoch. */
  readonly created: number
  readonly data: {
    readonly object: { readonly [field: string]: unknown }
    readonly previous_attributes?: { readonly [field: string]: unknown }
  }
  readonly livemode: boolean
  readonly pending_webhooks: number
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null } | null
}

/** A thin event: it names the object, which you fetch. */
export interface StripeThin<Type extends string = string> {
  readonly id: string
  readonly object: 'v2.core.event'
  readonly type: Type
  readonly context?: string | null
  /** ISO 8601. */
  readonly created: string
  readonly livemode: boolean
  readonly reason?: { readonly [field: string]: unknown } | null
  readonly related_object?: { readonly id: string; readonly type: string; readonly url: string } | null
}

type ByName = { [Name in SnapshotName]: StripeSnapshot<Name> } & { [Name in ThinName]: StripeThin<Name> }

/** Every event name, with the envelope typed; the objects inside come with `hookproof/events/stripe`. */
// An interface keeps the map closed for the checker: a bare mapped type costs twenty times the work.
export interface LightStripeEvents extends ByName {}
