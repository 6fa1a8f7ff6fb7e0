import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { pusher } from '../../src/providers/pusher.js'
import { NOW, vendorBench } from './vendor-bench.js'

const secret = [
  { id: 'new', value: 'a-new-secret-of-20-b' },
  { id: 'old', value: 'an-old-secret-of-20b' },
]

function signed(payload: unknown, { key = 'new', value = secret.find(({ id }) => id === key)?.value ?? 'x' } = {}) {
  const body = JSON.stringify(payload)
  return {
    body,
    headers: { 'x-pusher-key': key, 'x-pusher-signature': createHmac('sha256', value).update(body).digest('hex') },
  }
}
const occupied = { name: 'channel_occupied', channel: 'a' }
const batch = (...events: object[]) => ({ time_ms: NOW, events })

test('equal events of one request are several, and the request again is none', async () => {
  const bench = vendorBench(pusher({ secret }))
  const request = signed(batch(occupied, { name: 'channel_vacated', channel: 'a' }, occupied))
  expect(await bench.receive(request)).toMatchObject({ status: 200, outcome: 'handled' })
  expect(await bench.receive(request)).toMatchObject({ status: 200, outcome: 'duplicate' })
  expect(bench.events.map(({ type }) => type)).toEqual(['channel_occupied', 'channel_vacated', 'channel_occupied'])
})

test('the key in the header picks the secret', async () => {
  for (const [request, outcome] of [
    [signed(batch(occupied), { key: 'old' }), 'handled'],
    [signed(batch(occupied), { key: 'new' }), 'handled'],
    [signed(batch(occupied), { key: 'new', value: secret[1]!.value }), 'rejected'],
    [signed(batch(occupied), { key: 'other', value: secret[0]!.value }), 'rejected'],
  ] as const) {
    expect(await vendorBench(pusher({ secret })).receive(request)).toMatchObject({ outcome })
  }
})

test.each([
  [0, 'handled'],
  [900_000, 'handled'],
  [900_001, 'rejected'],
  [-900_001, 'rejected'],
])('%i ms after its time a request is %s', async (after, outcome) => {
  const bench = vendorBench(pusher({ secret }))
  bench.clock = NOW + after
  expect(await bench.receive(signed(batch(occupied)))).toMatchObject({ outcome })
})

test("the SDK's own test: genuine, without a time and without an event", async () => {
  const bench = vendorBench(pusher({ secret: { id: 'key', value: 'secret' } }))
  const headers = {
    'x-pusher-key': 'key',
    'x-pusher-signature': '2677ad3e7c090b2fa2c0fb13020d66d5420879b8316eb356a2d60fb9073bc778',
  }
  expect(await bench.receive({ headers, body: '{"hello":"world"}' })).toMatchObject({
    status: 200,
    outcome: 'unhandled',
  })
})

test('an event whose time the signer left out cannot be told from another', async () => {
  const bench = vendorBench(pusher({ secret }))
  expect(await bench.receive(signed({ events: [occupied] }))).toMatchObject({ status: 400 })
})

test('every secret needs the key that it belongs to', () => {
  expect(() => pusher({ secret: { value: 'a-secret-of-20-bytes' } as { id: string; value: string } })).toThrow(
    expect.objectContaining({ code: 'ERR_SECRET_INVALID' }),
  )
})
