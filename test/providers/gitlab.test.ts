import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { gitlab } from '../../src/providers/gitlab.js'
import { NOW, vendorBench } from './vendor-bench.js'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const token = 'a-token-of-more-than-16-bytes'
const body = '{"object_kind":"issue","object_attributes":{"action":"close"}}'
const id = '0e0b1bc0-8a1b-4b37-8b51-1d9ae9a7d0f6'
const byToken = { 'x-gitlab-token': token, 'idempotency-key': id }
const signature = new Webhook(secret).sign(id, new Date(NOW), body)
const bySignature = { 'webhook-id': id, 'webhook-timestamp': String(NOW / 1000), 'webhook-signature': signature }

describe('with a secret token', () => {
  test('what carries it is genuine, covers nothing but the sender, and is known by its Idempotency-Key', async () => {
    const bench = vendorBench(gitlab({ token }))
    for (const outcome of ['handled', 'duplicate']) {
      expect(await bench.receive({ headers: { ...byToken, 'webhook-id': 'not-the-id' }, body })).toMatchObject({
        status: 200,
        outcome,
        events: [{ id }],
      })
    }
    expect(bench.events.map(({ type }) => type)).toEqual(['issue.close'])
    expect(gitlab({ token }).facts).toMatchObject({ coverage: 'token', idSigned: false })
  })
  test('a push of many commits, longer than what other vendors may send', async () => {
    const bench = vendorBench(gitlab({ token }))
    const push = JSON.stringify({ object_kind: 'push', commits: [{ message: 'x'.repeat(2 * 1024 * 1024) }] })
    expect(await bench.receive({ headers: byToken, body: push })).toMatchObject({ status: 200, outcome: 'handled' })
  })
  test.each([
    ['another token', { ...byToken, 'x-gitlab-token': 'another-token-of-16-bytes' }, 401, 'ERR_CREDENTIALS_MISMATCH'],
    ['no token', { 'idempotency-key': id }, 401, 'ERR_CREDENTIALS_MISSING'],
    ['no id, as before 17.4', { 'x-gitlab-token': token }, 400, 'ERR_EVENT_ID_MISSING'],
  ])('refuses %s', async (_what, headers, status, code) => {
    const bench = vendorBench(gitlab({ token }))
    expect(await bench.receive({ headers, body })).toMatchObject({ status })
    expect(bench.codes).toContain(code)
  })
})

describe('with a signing token and a secret token', () => {
  test.each([
    ['the signature', bySignature],
    ['the token alone', byToken],
    ['a good signature beside a wrong token', { ...bySignature, 'x-gitlab-token': 'wrong' }],
    ['the second one of two signatures', { ...bySignature, 'webhook-signature': `v1,${'A'.repeat(43)}= ${signature}` }],
  ])('accepts %s', async (_what, headers) => {
    const bench = vendorBench(gitlab({ secret, token }))
    expect(await bench.receive({ headers, body })).toMatchObject({ status: 200, outcome: 'handled', events: [{ id }] })
  })
  test.each([
    ['does not fit', { 'webhook-signature': `v1,${'A'.repeat(43)}=` }, 'ERR_SIGNATURE_MISMATCH'],
    ['is empty', { 'webhook-signature': '' }, 'ERR_SIGNATURE_MALFORMED'],
    ['is of another version', { 'webhook-signature': signature.replace('v1', 'v2') }, 'ERR_SIGNATURE_MALFORMED'],
    ['has no time', { 'webhook-timestamp': undefined }, 'ERR_TIMESTAMP_MISSING'],
    ['has no id', { 'webhook-id': undefined }, 'ERR_HEADER_INVALID'],
    ['is stale', { 'webhook-timestamp': String(NOW / 1000 - 301) }, 'ERR_TIMESTAMP_STALE'],
  ])('a signature that %s is never made up for by the token', async (_what, change, code) => {
    const bench = vendorBench(gitlab({ secret, token }))
    const reply = await bench.receive({ headers: { ...byToken, ...bySignature, ...change }, body })
    expect(reply).toMatchObject({ outcome: 'rejected' })
    expect([bench.codes.at(-1), bench.events]).toEqual([code, []])
  })
})

test('the token decides where nothing else is set up', async () => {
  const bench = vendorBench(gitlab({ token }))
  expect(await bench.receive({ headers: { ...byToken, 'webhook-signature': 'v1,x' }, body })).toMatchObject({
    outcome: 'handled',
  })
})

test('a token alone does not open a receiver that expects a signature', async () => {
  const bench = vendorBench(gitlab({ secret }))
  expect(await bench.receive({ headers: byToken, body })).toMatchObject({ status: 401 })
})

test.each([[{}], [{ token: undefined }], [{ token: '' }], [{ secret: Buffer.alloc(32).toString('base64') }]])(
  'refuses options that protect nothing: %j',
  (options) => {
    expect(() => gitlab(options)).toThrow(expect.objectContaining({ code: 'ERR_SECRET_INVALID' }))
  },
)

test.each([
  ['{"event_name":"user_add_to_group"}', 'user_add_to_group'],
  ['{"object_kind":"release","action":"create"}', 'release.create'],
  ['{"object_kind":"pipeline","object_attributes":{"status":"failed"}}', 'pipeline'],
  ['{"custom":true}', 'Pipeline Hook'],
  ['[]', 'Pipeline Hook'],
])('%s is %s', async (text, type) => {
  const bench = vendorBench(gitlab({ token }))
  await bench.receive({ headers: { ...byToken, 'x-gitlab-event': 'Pipeline Hook' }, body: text })
  expect(bench.events[0]?.type).toBe(type)
})
