import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createReceiver } from '../../src/index.js'
import { mandrill } from '../../src/providers/mandrill.js'
import { vendorBench } from './vendor-bench.js'

const secret = 'ntynTMabcdefghijklmnop'
const publicUrl = 'https://example.com/mandrill?list=1'
const bench = () => vendorBench(mandrill({ secret, publicUrl }))

function signed(text: string, { key = secret, url = publicUrl, extra = '' } = {}) {
  const value = createHmac('sha1', key).update(`${url}mandrill_events${text}`).digest('base64')
  return { body: `mandrill_events=${encodeURIComponent(text)}${extra}`, headers: { 'x-mandrill-signature': value } }
}
const open = (over: object = {}) => ({
  event: 'open',
  ts: 1,
  _id: 'm1',
  ip: '1.1.1.1',
  user_agent: 'A',
  msg: { opens: [] },
  ...over,
})

test('1,000 events of one request are 1,000 events, and again none', async () => {
  const one = bench()
  const batch = signed(JSON.stringify(Array.from({ length: 1000 }, (_, index) => open({ _id: `m${index}` }))))
  expect(await one.receive(batch)).toMatchObject({ status: 200, outcome: 'handled' })
  expect(await one.receive(batch)).toMatchObject({ status: 200, outcome: 'duplicate' })
  expect(one.events).toHaveLength(1000)
})

test('1,000 events may be as long as those that Mandrill sends to try an endpoint out, 2,045 bytes each', async () => {
  const one = bench()
  const long = 'x'.repeat(1900)
  const batch = signed(JSON.stringify(Array.from({ length: 1000 }, (_, id) => open({ _id: `m${id}`, msg: { long } }))))
  expect(batch.body.length).toBeGreaterThan(2_000_000)
  expect(await one.receive(batch)).toMatchObject({ status: 200, outcome: 'handled' })
})

test.each<[string, object, object, number]>([
  ['a message that is opened once more', open(), open({ ts: 2 }), 2],
  ['a message that is opened elsewhere in the same second', open(), open({ ip: '2.2.2.2' }), 2],
  ['another link that is clicked in the same second', open({ url: 'a' }), open({ url: 'b' }), 2],
  ['a delivery that tells more about the message the second time', open(), open({ msg: { opens: [{ ts: 1 }] } }), 1],
  [
    'two mails that came in within a second',
    { event: 'inbound', ts: 1, msg: { text: 'a' } },
    { event: 'inbound', ts: 1, msg: { text: 'b' } },
    2,
  ],
  [
    'two addresses that were denied within a second',
    { type: 'blacklist', action: 'add', ts: 1, reject: { email: 'a' } },
    { type: 'blacklist', action: 'add', ts: 1, reject: { email: 'b' } },
    2,
  ],
])('%s', async (_what, first, second, runs) => {
  const one = bench()
  for (const item of [first, second]) await one.receive(signed(JSON.stringify([item])))
  expect(one.events).toHaveLength(runs)
})

test('changes of lists are named by list and action', async () => {
  const one = bench()
  await one.receive(signed('[{"type":"whitelist","action":"remove","ts":1}]'))
  expect(one.events[0]?.type).toBe('whitelist.remove')
})

test('text of an event is no field: what is signed marks no borders', async () => {
  const one = bench()
  const genuine = signed(JSON.stringify([{ event: 'inbound', msg: { subject: 'mandrill_events[7]x' } }]))
  const [before = '', after = ''] = decodeURIComponent(genuine.body).split('mandrill_events[7]x')
  const fields = { mandrill_event: before.replace('mandrill_events=', 's'), mandrill_events: '[7]', [`x${after}`]: '' }
  const body = new URLSearchParams(fields).toString()
  expect(await one.receive({ ...genuine, body })).toMatchObject({ status: 400 })
  expect([one.codes, one.events]).toEqual([['ERR_BODY_INVALID'], []])
})

describe("Mandrill's trial", () => {
  test('is an empty batch, signed with the printed key', async () => {
    expect(await bench().receive(signed('[]', { key: 'test-webhook' }))).toMatchObject({
      status: 200,
      outcome: 'unhandled',
      events: [],
    })
  })
  test.each([
    ['an event', signed(JSON.stringify([open()]), { key: 'test-webhook' })],
    ['a space more', signed('[ ]', { key: 'test-webhook' })],
    ['another field', signed('[]', { key: 'test-webhook', extra: '&x=1' })],
    ['another URL', signed('[]', { key: 'test-webhook', url: 'https://example.com/other' })],
    ['another key', signed('[]', { key: 'another-webhook' })],
  ])('lets nothing else pass: %s', async (_what, request) => {
    const one = bench()
    expect(await one.receive(request)).toMatchObject({ status: 401 })
    expect(one.events).toEqual([])
  })
  test('does not pass a guard: there is nothing for the application to do', async () => {
    const admit = createReceiver(mandrill({ secret, publicUrl }), { logger: false }).guard()
    const trial = { method: 'POST', url: '/', ...signed('[]', { key: 'test-webhook' }) }
    expect(await admit(trial)).toMatchObject({ reply: { status: 200, outcome: 'unhandled', events: [] } })
  })
  test('its key is no secret', () => {
    expect(() => mandrill({ secret: 'test-webhook', publicUrl })).toThrow(
      expect.objectContaining({ code: 'ERR_SECRET_INVALID' }),
    )
  })
})

test.each([
  ['of another URL', signed('[]', { url: `${publicUrl}/` }), 401],
  [
    'without the field',
    {
      body: 'x=1',
      headers: { 'x-mandrill-signature': createHmac('sha1', secret).update(`${publicUrl}x1`).digest('base64') },
    },
    400,
  ],
  ['with something else in the field', signed('{'), 400],
])('a request %s', async (_what, request, status) => {
  expect(await bench().receive(request)).toMatchObject({ status })
})
