import { defineProvider, knownOptions } from '../define.js'
import type { ShopifyEvents } from '../events/shopify.js'
import { choice } from '../schemes/choice.js'
import { either } from '../schemes/either.js'
import { json } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { pickText, timeOf } from '../schemes/pick.js'
import type { Identity, Message, Provider, SecretOption } from '../types.js'

export interface ShopifyOptions {
  /** The app's client secret (the store's own for webhooks made in its admin): one, a list newest first, or a function. */
  readonly secret: SecretOption
  /**
   * What makes two deliveries one event: the delivery's own id, or the id that all subscriptions to one change share.
   * @default 'webhook'
   */
  readonly idFrom?: 'webhook' | 'event' | undefined
}

/** Both families of headers, the preferred one first; nothing is ever taken from the other one. */
const FAMILIES = ['shopify-', 'x-shopify-'] as const

/**
 * Shopify webhooks and, in preview, Events. `event.type` is the topic (`orders/create`); for Events `Product/update`.
 * Throws ConfigError for options that cannot work. @see https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
 */
export function shopify<Events extends object = ShopifyEvents>(options: ShopifyOptions): Provider<'shopify', Events> {
  const { secret, idFrom: chosen } = knownOptions('shopify', options, ['secret', 'idFrom'])
  const idFrom = choice('shopify', 'idFrom', chosen, ['webhook', 'event'])
  const schemes = FAMILIES.map((family) =>
    hmac({ secret, encoding: 'base64', signature: { header: `${family}hmac-sha256` } }),
  )
  return defineProvider<'shopify', Events>({
    id: 'shopify',
    name: 'Shopify',
    docs: 'https://shopify.dev/docs/apps/build/webhooks/verify-deliveries',
    scheme: either({ schemes }),
    body: json,
    identify: (payload, message) => identify(payload, message, `${idFrom}-id`),
    // Topics of one change share a body (orders/create, orders/paid): only a topic of its own may be known by it.
    unique: (payload, type) => /\/updated?$/.test(type) && pickText(payload, 'updated_at') !== undefined,
    // `on('orders/updated')` would select `orders/updated.x`, which is not known by its body.
    matches: (_, type) => type !== '' && !/\/.*\./.test(type),
    facts: {
      coverage: 'full',
      idSigned: false,
      idStable: 'yes',
      deadlineSeconds: 5,
      retryHorizonSeconds: 4 * 3600,
      // No limit is stated for HTTPS: orders with many lines and products with many variants go beyond 1 MB.
      maxBodyBytes: 10 * 1024 * 1024,
      on4xx: 'retries',
      unconfirmed: ['that it deletes a subscription after 8 failures in a row', 'a body limit'],
    },
  })
}

function identify(payload: unknown, message: Message, id: string): Identity {
  const family = FAMILIES.find((one) => message.header(`${one}hmac-sha256`) !== undefined) ?? FAMILIES[0]
  const topic = family === FAMILIES[0] ? pickText(payload, 'topic') : undefined
  const action = pickText(payload, 'action')
  const change = topic === undefined || action === undefined ? undefined : `${topic}/${action}`
  return {
    id: message.header(`${family}${id}`),
    type: change ?? message.header(`${family}topic`) ?? '',
    deliveryId: message.header(`${family}webhook-id`),
    timestamp: timeOf(message.header(`${family}triggered-at`)),
  }
}
