import { defineProvider, knownOptions } from '../define.js'
import { onlyOne } from '../schemes/choice.js'
import { ed25519 } from '../schemes/ed25519.js'
import { either } from '../schemes/either.js'
import { json } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { type Location, locate } from '../schemes/locate.js'
import { body, header, timestamp } from '../schemes/parts.js'
import type { Provider, Scheme, SecretOption } from '../types.js'

/** Exactly one of the two keys: its kind decides about the kind of signature. */
export interface StandardWebhooksOptions {
  /**
   * For v1: `whsec_` (Supabase: `v1,whsec_`) and base64; one, a list newest first, or a function. Of a sender whose key is the secret's text
   * itself (Polar), its base64: `Buffer.from(secret).toString('base64')`.
   */
  readonly secret?: SecretOption
  /** For v1a: `whpk_` and base64 of an Ed25519 key; likewise. */
  readonly publicKey?: SecretOption
  /** Where the event's name stands. @default { path: 'type' } */
  readonly type?: Location | undefined
}

/**
 * Every sender of the Standard Webhooks form (Svix, Clerk, Resend, OpenAI …), by `webhook-*` or `svix-*` headers, never a mix of both.
 * Throws ConfigError for options that cannot work. @see https://www.standardwebhooks.com
 */
export function standardWebhooks<Events extends object = object>(
  options: StandardWebhooksOptions,
): Provider<'standard-webhooks', Events> {
  const { secret, publicKey, type: place } = knownOptions('standardWebhooks', options, ['secret', 'publicKey', 'type'])
  onlyOne('standardWebhooks', { secret, publicKey })
  const type = locate(place ?? { path: 'type' }, 'type')
  return defineProvider<'standard-webhooks', Events>({
    id: 'standard-webhooks',
    name: 'Standard Webhooks',
    docs: 'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
    scheme: either({ exclusive: true, schemes: ['webhook', 'svix'].map((family) => signed(family, options)) }),
    body: json,
    identify: (payload, message) => ({
      id: message.header('webhook-id') ?? message.header('svix-id'),
      type: String(type(payload, message) ?? ''),
    }),
    facts: {
      coverage: 'full',
      idSigned: true,
      idStable: 'yes',
      deadlineSeconds: 15,
      retryHorizonSeconds: 76 * 3600,
      on4xx: 'retries',
    },
  })
}

function signed(family: string, { secret, publicKey }: StandardWebhooksOptions): Scheme {
  const shared = {
    encoding: 'base64',
    timestamp: { header: `${family}-timestamp`, unit: 's' },
    // A dot in the id would blur the border between the parts.
    signed: [header(`${family}-id`, { without: '.' }), '.', timestamp, '.', body],
  } as const
  const signature = (version: string) => ({
    header: `${family}-signature`,
    list: { separator: ' ', prefix: `${version},` },
  })
  if (publicKey === undefined) {
    const key = { prefixes: ['whsec_', 'v1,whsec_'], encoding: 'base64' } as const
    return hmac({ ...shared, secret, key, signature: signature('v1') })
  }
  const key = { prefixes: ['whpk_'], encoding: 'base64' } as const
  return ed25519({ ...shared, publicKey, key, signature: signature('v1a') })
}
