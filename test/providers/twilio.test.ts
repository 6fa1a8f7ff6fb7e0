import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { twilio } from '../../src/providers/twilio.js'
import { vendorBench } from './vendor-bench.js'

const secret = '0123456789abcdef0123456789abcdef'
const publicUrl = 'https://hooks.example.com'
const sign = (text: string, key = secret): string => createHmac('sha1', key).update(text).digest('base64')
const empty = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

function post(url: string, body: string, signed: string, extra: Record<string, string> = {}) {
  return { url, body, headers: { 'x-twilio-signature': sign(publicUrl + url + signed), ...extra } }
}
const inbound = post(
  '/sms',
  'Body=hi&From=%2B1&MessageSid=SM1&SmsStatus=received',
  'BodyhiFrom+1MessageSidSM1SmsStatusreceived',
)

test('answers empty TwiML unless a handler responds', async () => {
  const quiet = vendorBench(twilio({ secret, publicUrl }))
  for (const outcome of ['handled', 'duplicate']) {
    expect(await quiet.receive(inbound)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: empty,
      outcome,
    })
  }
  const speaking = vendorBench(twilio({ secret, publicUrl }), (_, context) =>
    context.respond({ headers: { 'content-type': 'text/xml' }, body: '<Response><Message>ho</Message></Response>' }),
  )
  for (const outcome of ['handled', 'duplicate']) {
    expect(await speaking.receive(inbound)).toMatchObject({
      body: '<Response><Message>ho</Message></Response>',
      outcome,
    })
  }
})

describe('only what is signed reaches a handler', () => {
  test('of a form its fields, repeated ones as lists', async () => {
    const bench = vendorBench(twilio({ secret, publicUrl }))
    await bench.receive(post('/x?unseen=1', 'A=2&A=1&B=', 'A1A2B'))
    expect({ ...(bench.events[0]?.payload as object) }).toEqual({ A: ['2', '1'], B: '' })
  })
  test('of a GET request the parameters of its URL', async () => {
    const bench = vendorBench(twilio({ secret, publicUrl }))
    await bench.receive({ ...post('/voice?CallSid=CA1&CallStatus=ringing', '', ''), method: 'GET' })
    expect(bench.events[0]).toMatchObject({ type: 'call.ringing', payload: { CallSid: 'CA1', CallStatus: 'ringing' } })
  })
  test.each([
    ['a field more', { ...inbound, body: `${inbound.body}&Admin=1` }],
    ['a parameter more in the URL', { ...inbound, url: '/sms?Admin=1' }],
    [
      'a signed URL with a body that it does not cover',
      { ...post('/voice?CallSid=CA1', '', ''), body: '{"CallSid":"CA2"}', method: 'POST' },
    ],
    [
      'a form called JSON',
      { ...inbound, body: '{"Body":"hi"}', headers: { ...inbound.headers, 'content-type': 'application/json' } },
    ],
    ['the path of another hook', { ...inbound, url: '/voice' }],
    [
      'a signature of another account',
      { ...inbound, headers: { 'x-twilio-signature': sign(`${publicUrl}/sms`, 'another-token-of-an-account') } },
    ],
  ])('refuses %s', async (_what, request) => {
    const bench = vendorBench(twilio({ secret, publicUrl }))
    expect(await bench.receive(request)).toMatchObject({ status: 401 })
    expect(bench.events).toEqual([])
  })
})

test('a body with its hash in the URL is JSON, and its CloudEvents are events', async () => {
  const bench = vendorBench(twilio({ secret, publicUrl }))
  const body = '[{"specversion":"1.0","id":"EZ1","type":"a.b"},{"specversion":"1.0","id":"EZ2","type":"a.c"}]'
  const url = `/events?bodySHA256=${createHash('sha256').update(body).digest('hex')}`
  expect(await bench.receive(post(url, body, ''))).toMatchObject({ events: [{ id: 'EZ1' }, { id: 'EZ2' }] })
  expect(await bench.receive({ ...post(url, body, ''), body: body.replace('a.c', 'a.d') })).toMatchObject({
    status: 401,
  })
})

test.each([
  ['MessageSid=SM1&MessageStatus=sent&SmsStatus=sent', 'message.sent', 'SM1:sent'],
  ['MessageSid=SM1&SmsStatus=received', 'message.received', 'SM1:received'],
  ['CallSid=CA1&RecordingSid=RE1&RecordingStatus=completed', 'recording.completed', ''],
  ['ConferenceSid=CF1&StatusCallbackEvent=participant-join', 'conference.participant-join', ''],
  ['CallSid=CA1&CallStatus=in-progress&Digits=1', 'call.in-progress', ''],
  ['Anything=1', 'request', ''],
])('%s is %s', async (body, type, id) => {
  const bench = vendorBench(twilio({ secret, publicUrl }))
  const signed = body
    .split('&')
    .sort()
    .map((pair) => pair.replace('=', ''))
    .join('')
  await bench.receive(post('/x', body, signed))
  expect(bench.events[0]).toMatchObject({ type, id })
})

test('a digit pressed twice is two events, unless both carry the same token of Twilio', async () => {
  const bench = vendorBench(twilio({ secret, publicUrl }))
  const pressed = post('/ivr', 'CallSid=CA1&CallStatus=in-progress&Digits=1', 'CallSidCA1CallStatusin-progressDigits1')
  for (let i = 0; i < 2; i++) await bench.receive(pressed)
  expect([bench.events.length, bench.deduplicated]).toEqual([2, [false, false]])
  const retried = { ...pressed, headers: { ...pressed.headers, 'i-twilio-idempotency-token': 't1' } }
  for (let i = 0; i < 2; i++) await bench.receive(retried)
  expect([bench.events.length, bench.deduplicated.at(-1)]).toEqual([3, true])
})

test('the URL is never taken from the request', async () => {
  const bench = vendorBench(twilio({ secret, publicUrl }))
  const headers = {
    'x-twilio-signature': sign('https://evil.example/sms'),
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
  }
  expect(await bench.receive({ url: '/sms', headers, body: '' })).toMatchObject({ status: 401 })
  expect(() => twilio({ secret, publicUrl: undefined as unknown as string })).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
  )
})
