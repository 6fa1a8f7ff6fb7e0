import Stripe from 'stripe'
import { describe, expect, test } from 'vitest'
import { createReceiver } from '../../src/index.js'
import { type StripeOptions, stripe } from '../../src/providers/stripe.js'
import type { WebhookRequest } from '../../src/types.js'

const sdk = new Stripe('a key that signs nothing')
const now = 1_750_000_000_000
const secret = 'whsec_of_this_endpoint'

function delivery(payload: object, ...secrets: string[]): WebhookRequest {
  const body = JSON.stringify(payload)
  const headers = secrets.map((one) =>
    sdk.webhooks.generateTestHeaderString({ payload: body, secret: one, timestamp: now / 1000 }),
  )
  const signature = [headers[0], ...headers.slice(1).map((one) => one.split(',')[1])].join(',')
  return { method: 'POST', url: '/', headers: { 'stripe-signature': signature }, body }
}

function receiverOf(options: StripeOptions) {
  return createReceiver(stripe(options), { clock: () => now, logger: false })
}

const snapshot = { id: 'evt_1', object: 'event', type: 'invoice.paid', created: 1_749_999_999, data: { object: {} } }
const thin = {
  id: 'evt_2',
  object: 'v2.core.event',
  type: 'v1.billing.meter.no_meter_found',
  created: '2025-06-15T15:06:40.5Z',
}

describe('an event', () => {
  test.each([
    ['snapshot', snapshot, 1_749_999_999_000],
    ['thin event', thin, Date.parse('2025-06-15T15:06:40.5Z')],
  ])('is a %s by its object', async (_kind, payload, timestamp) => {
    const delivered = await receiverOf({ secret }).verify(delivery(payload, secret))
    expect(delivered.events).toEqual([expect.objectContaining({ id: payload.id, type: payload.type, timestamp })])
  })

  test('has no time where `created` is none', async () => {
    const delivered = await receiverOf({ secret }).verify(delivery({ ...thin, created: 'yesterday' }, secret))
    expect(delivered.events[0]?.timestamp).toBe(now)
  })

  test.each([['invoice'], ['list'], [undefined]])('of the object %s is refused', async (object) => {
    const receiver = receiverOf({ secret }).onAny(() => {})
    expect((await receiver.receive(delivery({ ...snapshot, object }, secret))).status).toBe(400)
  })
})

test('two endpoints on one store do not swallow each other', async () => {
  const { memoryStore } = await import('../../src/index.js')
  const store = memoryStore()
  const runs: string[] = []
  for (const endpoint of ['platform', 'connect']) {
    const receiver = createReceiver(stripe({ secret }), { store, endpoint, clock: () => now, logger: false })
    await receiver.onAny(() => runs.push(endpoint)).receive(delivery(snapshot, secret))
  }
  expect(runs).toEqual(['platform', 'connect'])
})

describe('while a secret is rolled', () => {
  const old = 'whsec_before_it_was_rolled'

  test('either signature will do', async () => {
    for (const known of [secret, old]) {
      const delivered = await receiverOf({ secret: known }).verify(delivery(snapshot, secret, old))
      expect(delivered.events).toHaveLength(1)
    }
  })

  test('the receiver may know both and tells which one held', async () => {
    const both = [
      { value: secret, id: 'new' },
      { value: old, id: 'old' },
    ]
    expect((await receiverOf({ secret: both }).verify(delivery(snapshot, old))).secretId).toBe('old')
  })
})

test('an API key in place of the signing secret is told at once', () => {
  expect(() => stripe({ secret: `${'sk'}_test_0123456789` })).toThrow(
    expect.objectContaining({ code: 'ERR_SECRET_INVALID', message: expect.stringContaining('looks like an API key') }),
  )
})
