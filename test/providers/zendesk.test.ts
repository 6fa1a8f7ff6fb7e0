import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { zendesk } from '../../src/providers/zendesk.js'
import { NOW, vendorBench } from './vendor-bench.js'

const secret = 'HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA='
const testSecret = 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=='
const iso = new Date(NOW).toISOString()

interface Signing {
  readonly at?: string
  readonly invocation?: string
  readonly text?: string
  readonly key?: string | Buffer
}

function signed(body: string, { at = iso, invocation = 'inv-1', text = at + body, key = secret }: Signing = {}) {
  const value = createHmac('sha256', key).update(text).digest('base64')
  return {
    body,
    headers: {
      'x-zendesk-webhook-signature': value,
      'x-zendesk-webhook-signature-timestamp': at,
      'x-zendesk-webhook-invocation-id': invocation,
    },
  }
}
const event = '{"id":"e1","type":"zen:event-type:ticket.created"}'

test('an event is known by its own id, what a trigger sends by the invocation', async () => {
  const bench = vendorBench(zendesk({ secret }))
  for (const invocation of ['inv-1', 'inv-2']) {
    await bench.receive(signed(event, { invocation }))
    await bench.receive(signed('{"id":"13","type":"anything"}', { invocation }))
  }
  expect(bench.events.map(({ id, type }) => [id, type])).toEqual([
    ['e1', 'zen:event-type:ticket.created'],
    ['inv-1', 'trigger'],
    ['inv-2', 'trigger'],
  ])
})

test.each([
  ['text after the time', 'status=open', 'status=open'],
  ['XML', '<ticket/>', '<ticket/>'],
  ['a list', ' [1]', [1]],
  ['nothing', '', undefined],
])('hands on %s', async (_what, body, payload) => {
  const bench = vendorBench(zendesk({ secret }))
  expect(await bench.receive({ ...signed(body), method: 'PUT' })).toMatchObject({ outcome: 'handled' })
  expect(bench.events[0]?.payload).toEqual(payload)
})

test.each([
  ['a time in seconds', { at: String(NOW / 1000) }, 'ERR_TIMESTAMP_INVALID'],
  ['a time without a zone', { at: iso.slice(0, -1) }, 'ERR_TIMESTAMP_INVALID'],
  ['body and time in the order of 2021', { text: event + iso }, 'ERR_SIGNATURE_MISMATCH'],
  ['the key decoded', { key: Buffer.from(secret, 'base64') }, 'ERR_SIGNATURE_MISMATCH'],
  ['the printed secret', { key: testSecret }, 'ERR_SIGNATURE_MISMATCH'],
  ['an old time', { at: new Date(NOW - 300_001).toISOString() }, 'ERR_TIMESTAMP_STALE'],
])('refuses %s', async (_what, options, code) => {
  const bench = vendorBench(zendesk({ secret }))
  expect(await bench.receive(signed(event, options))).toMatchObject({ status: 401 })
  expect(bench.codes).toEqual([code])
})

test('the secret of the Test button is refused, from a list and from a function too', async () => {
  for (const given of [testSecret, [secret, testSecret], { value: testSecret }]) {
    expect(() => zendesk({ secret: given })).toThrow(expect.objectContaining({ code: 'ERR_SECRET_INVALID' }))
  }
  const bench = vendorBench(zendesk({ secret: () => testSecret }))
  expect(await bench.receive(signed(event, { key: testSecret }))).toMatchObject({ status: 503 })
})

// Zendesk's API reference says that certain status codes are retried; which ones, and whether they need the header, is unconfirmed.
test('a failing handler answers 503, not 500, with Retry-After as every other 503', async () => {
  const bench = vendorBench(zendesk({ secret }), () => {
    throw new Error('no')
  })
  expect(await bench.receive(signed(event))).toMatchObject({
    status: 503,
    outcome: 'failed',
    headers: { 'retry-after': '5' },
  })
})
