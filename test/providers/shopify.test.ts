import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { shopify } from '../../src/providers/shopify.js'
import { vendorBench } from './vendor-bench.js'

const secret = 'shpss_0123456789abcdef0123456789abcdef'
const sign = (body: string): string => createHmac('sha256', secret).update(body).digest('base64')
const order = '{"id":1,"updated_at":"2026-03-29T14:00:27-04:00"}'

function headers(topic: string, id: string, body = order, family = 'x-shopify-'): Record<string, string> {
  return {
    [`${family}hmac-sha256`]: sign(body),
    [`${family}topic`]: topic,
    [`${family}webhook-id`]: id,
    [`${family}event-id`]: `e-${id}`,
  }
}

test('without a prefix the headers go before those with it, and nothing is taken from the others', async () => {
  const bench = vendorBench(shopify({ secret }))
  const both = { ...headers('orders/paid', 'b'), ...headers('orders/create', 'a', order, 'shopify-') }
  expect(await bench.receive({ headers: both, body: order })).toMatchObject({ events: [{ id: 'a' }] })
  expect(bench.events[0]?.type).toBe('orders/create')
})

test.each([
  [
    'signature without a prefix, all else with it',
    { 'shopify-hmac-sha256': sign(order), 'x-shopify-topic': 'orders/create', 'x-shopify-webhook-id': 'a' },
    400,
  ],
  [
    'signature with a prefix, all else without',
    { 'x-shopify-hmac-sha256': sign(order), 'shopify-topic': 'orders/create', 'shopify-webhook-id': 'a' },
    400,
  ],
  [
    'wrong signature without a prefix, right one with it',
    { ...headers('orders/create', 'a'), 'shopify-hmac-sha256': sign('other') },
    401,
  ],
  [
    'topic with a prefix',
    {
      ...headers('orders/create', 'a', order, 'shopify-'),
      'shopify-topic': undefined,
      'x-shopify-topic': 'app/uninstalled',
    },
    400,
  ],
])('refuses a mixture: %s', async (_what, mixed, status) => {
  const bench = vendorBench(shopify({ secret }))
  expect(await bench.receive({ headers: mixed, body: order })).toMatchObject({ status })
  expect(bench.events).toEqual([])
})

test('two subscriptions to one change are two events, or one by the id of the event', async () => {
  for (const [idFrom, runs] of [
    ['webhook', 2],
    ['event', 1],
    [undefined, 2],
  ] as const) {
    const bench = vendorBench(shopify({ secret, idFrom }))
    for (const id of ['a', 'b']) {
      await bench.receive({ headers: { ...headers('orders/create', id), 'x-shopify-event-id': 'same' }, body: order })
    }
    expect(bench.events).toHaveLength(runs)
  }
})

describe('replays under a fresh id', () => {
  test.each([
    ['of an update are duplicates', 'orders/updated', order, 1],
    ['of an update without its own time run', 'orders/updated', '{"id":1}', 2],
    ['of another topic run, because topics share bodies', 'orders/create', order, 2],
    ['of a compliance topic run, because equal ones are honest', 'shop/redact', '{"shop_id":1}', 2],
  ])('%s', async (_what, topic, body, runs) => {
    const bench = vendorBench(shopify({ secret }))
    for (const id of ['a', 'b']) await bench.receive({ headers: headers(topic, id, body), body })
    expect(bench.events).toHaveLength(runs)
  })
  test('of an update are refused under a topic with a dot, which its group would select', async () => {
    const bench = vendorBench(shopify({ secret }))
    for (const [topic, id] of [
      ['orders/updated', 'a'],
      ['orders/updated.x', 'b'],
      ['orders/updated.', 'c'],
    ] as const)
      await bench.receive({ headers: headers(topic, id), body: order })
    expect([bench.codes, bench.events.map(({ type }) => type)]).toEqual([
      ['ERR_EVENT_TYPE_MISMATCH'],
      ['orders/updated'],
    ])
  })
  test('one body under two topics is two events', async () => {
    const bench = vendorBench(shopify({ secret }))
    for (const topic of ['orders/updated', 'orders/paid', 'orders/create']) {
      await bench.receive({ headers: headers(topic, topic), body: order })
    }
    expect(bench.events).toHaveLength(3)
  })
})

test('compliance topics get 401 for a bad signature and 200 for a good one', async () => {
  const bench = vendorBench(shopify({ secret }))
  const body = '{"shop_id":954889}'
  for (const topic of ['customers/data_request', 'customers/redact', 'shop/redact']) {
    const good = headers(topic, topic, body)
    expect(await bench.receive({ headers: { ...good, 'x-shopify-hmac-sha256': sign('other') }, body })).toMatchObject({
      status: 401,
    })
    expect(await bench.receive({ headers: good, body })).toMatchObject({ status: 200, outcome: 'handled' })
  }
})

test('of Events, topic and action come from the signed body', async () => {
  const bench = vendorBench(shopify({ secret }))
  const body = '{"topic":"Product","action":"delete","handle":"x"}'
  await bench.receive({ headers: headers('Product/create', 'a', body, 'shopify-'), body })
  expect(bench.events[0]?.type).toBe('Product/delete')
})

test('refuses another source of the id', () => {
  expect(() => shopify({ secret, idFrom: 'order' as 'event' })).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
  )
})

test('an order of more than 1 MB arrives: Shopify says that some do', async () => {
  const bench = vendorBench(shopify({ secret }))
  const line = { title: 'x'.repeat(2500), price: '1.00' }
  const body = JSON.stringify({ id: 1, line_items: Array.from({ length: 500 }, () => line) })
  expect(body.length).toBeGreaterThan(1024 * 1024)
  expect(await bench.receive({ headers: headers('orders/create', 'a', body), body })).toMatchObject({ status: 200 })
})
