import { defineProvider, knownOptions } from '../define.js'
import type { LightStripeEvents } from '../events/_stripe-light.js'
import { json } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { body, timestamp } from '../schemes/parts.js'
import { pick, pickText } from '../schemes/pick.js'
import type { Provider, SecretOption } from '../types.js'

export type { LightStripeEvents, StripeSnapshot, StripeThin } from '../events/_stripe-light.js'

export interface StripeOptions {
  /** The endpoint's signing secret (`whsec_…`, used as it is): one, a list newest first, or a function. */
  readonly secret: SecretOption
}

/**
 * Stripe: snapshot events and thin events, told apart by `event.payload.object`. Objects are typed by `hookproof/events/stripe`, where the
 * `stripe` package is installed. Throws ConfigError for options that cannot work, such as an API key as the secret.
 * @see https://docs.stripe.com/webhooks/signature
 */
export function stripe<Events extends object = LightStripeEvents>(options: StripeOptions): Provider<'stripe', Events> {
  const { secret } = knownOptions('stripe', options, ['secret'])
  return defineProvider<'stripe', Events>({
    id: 'stripe',
    name: 'Stripe',
    docs: 'https://docs.stripe.com/webhooks/signature',
    scheme: hmac({
      secret,
      // v0 is there for tests of the sender, and never valid.
      signature: { header: 'stripe-signature', params: { separator: ',', signature: 'v1' } },
      timestamp: { param: 't', unit: 's' },
      signed: [timestamp, '.', body],
    }),
    body: json,
    identify: (payload) => ({
      id: pickText(payload, 'id'),
      type: pickText(payload, 'type') ?? '',
      timestamp: createdAt(pick(payload, 'created')),
    }),
    matches: (payload) => OBJECTS.includes(pick(payload, 'object')),
    facts: {
      coverage: 'full',
      idSigned: true,
      idStable: 'yes',
      retryHorizonSeconds: 3 * 24 * 3600,
      resendHorizonSeconds: 15 * 24 * 3600,
      on4xx: 'retries',
      unconfirmed: ['how long it waits for an answer', 'how long an event can be sent again'],
    },
  })
}

const OBJECTS: readonly unknown[] = ['event', 'v2.core.event']

/** Seconds in a snapshot, ISO 8601 in a thin event. */
function createdAt(created: unknown): number | undefined {
  const time = typeof created === 'number' ? created * 1000 : Date.parse(String(created))
  return Number.isFinite(time) ? time : undefined
}
