import type Stripe from 'stripe'
import type { StripeThin } from './_stripe-light.js'
import type { ThinName } from './_stripe-names.js'

type ByName = { [Event in Stripe.Event as Event['type']]: Event } & { [Name in ThinName]: StripeThin<Name> }

/**
 * Every event of the `stripe` package, which must be installed: `stripe<StripeEvents>({ secret })`. Its objects have the shape of the
 * API version that the package pins: set the endpoint to the same one. @see https://docs.stripe.com/webhooks/versioning
 */
// An interface keeps the map closed for the checker: a bare mapped type costs twenty times the work.
export interface StripeEvents extends ByName {}
