import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { defineProvider } from '../../src/define.js'
import { ConfigError } from '../../src/errors.js'
import { createReceiver } from '../../src/index.js'
import { type HmacOptions, hmac } from '../../src/providers/hmac.js'
import { existence, jsonReply } from '../../src/schemes/challenge.js'
import { body, header } from '../../src/schemes/parts.js'
import { pickList, pickText } from '../../src/schemes/pick.js'
import type { WebhookRequest } from '../../src/types.js'

const secret = 'a shared secret of sixteen bytes or more'
const base = { secret, signature: { header: 'x-signature' } }

function delivery(text: string, headers: Record<string, string> = {}): WebhookRequest {
  const signature = createHmac('sha256', secret).update(text).digest('hex')
  return { method: 'POST', url: '/', headers: { 'x-signature': signature, ...headers }, body: text }
}

describe('a configuration', () => {
  test.each<[string, object, string, string]>([
    ['without an id', base, 'ERR_OPTION_INVALID', "choose 'body-hash' by name"],
    ['with an id of an unknown kind', { ...base, id: 'hash' }, 'ERR_OPTION_INVALID', 'id must be'],
    [
      'with an unknown format',
      { ...base, id: 'body-hash', body: 'xml' },
      'ERR_OPTION_INVALID',
      'json or form or bytes',
    ],
    [
      'with a misspelt option',
      { ...base, id: 'body-hash', algoritm: 'sha1' },
      'ERR_OPTION_UNKNOWN',
      'Did you mean algorithm?',
    ],
    [
      'with an unset secret',
      { ...base, secret: undefined, id: 'body-hash' },
      'ERR_SECRET_INVALID',
      'environment variable',
    ],
    ['with a negative horizon', { ...base, id: 'body-hash', retryHorizonSeconds: -1 }, 'ERR_OPTION_INVALID', 'seconds'],
  ])('%s is refused with the cure', (_what, options, code, cure) => {
    expect(() => hmac(options as HmacOptions)).toThrow(ConfigError)
    expect(() => hmac(options as HmacOptions)).toThrow(expect.objectContaining({ code }))
    expect(() => hmac(options as HmacOptions)).toThrow(cure)
  })

  test.each<[string, Partial<HmacOptions>, boolean]>([
    ['in the body', { id: { path: 'id' } }, true],
    ['of the body', { id: 'body-hash' }, true],
    ['in an unsigned header', { id: { header: 'x-id' } }, false],
    ['in a signed header', { id: { header: 'x-id' }, signed: [header('x-id'), body] }, true],
    ['in a body that is not signed', { id: { path: 'id' }, signed: [header('x-time')] }, false],
  ])('with an id %s knows whether it is signed', (_where, options, idSigned) => {
    expect(hmac({ ...base, id: 'body-hash', ...options }).facts.idSigned).toBe(idSigned)
  })
})

test('the hash of the body makes equal bytes one event, whatever the headers say', async () => {
  let runs = 0
  const receiver = createReceiver(hmac({ ...base, id: 'body-hash' }), { logger: false }).onAny(() => {
    runs += 1
  })
  expect((await receiver.receive(delivery('{"type":"a"}', { 'x-attempt': '1' }))).outcome).toBe('handled')
  expect((await receiver.receive(delivery('{"type":"a"}', { 'x-attempt': '2' }))).outcome).toBe('duplicate')
  expect((await receiver.receive(delivery('{"type":"b"}'))).outcome).toBe('handled')
  expect(runs).toBe(2)
})

test.each([
  ['a lone surrogate', '{"id":"\\ud800"}'],
  ['a number that JSON cannot hold', '{"id":9007199254740993}'],
  ['an empty text', '{"id":""}'],
  ['an object', '{"id":{}}'],
  ['more than 512 characters', JSON.stringify({ id: 'x'.repeat(513) })],
])('an id that is %s is refused', async (_what, text) => {
  const receiver = createReceiver(hmac({ ...base, id: { path: 'id' } }), { logger: false }).onAny(() => {})
  expect((await receiver.receive(delivery(text))).status).toBe(400)
})

describe('a provider made of it', () => {
  const posted = (text: string): WebhookRequest => ({ method: 'POST', url: '/', headers: {}, body: text })
  const made = defineProvider({
    ...hmac({ ...base, id: 'body-hash' }),
    id: 'made',
    keyId: 'made',
    handshakes: {
      ...existence('HEAD'),
      openBody: {
        maxBytes: 64,
        reply: (incoming) => (incoming.form()[0]?.[0] === 'webhook_id' ? jsonReply({}) : undefined),
      },
    },
    events: ({ payload }) => pickList(payload, 'events'),
    identify: (event) => ({ id: pickText(event, 'id'), type: pickText(event, 'type') ?? '' }),
  })

  test('takes several events a request, and none', async () => {
    const types: string[] = []
    const receiver = createReceiver(made, { logger: false }).onAny(({ type }) => void types.push(type))
    const batch = await receiver.receive(delivery('{"events":[{"id":"1","type":"a"},{"id":"2","type":"b"}]}'))
    expect(batch.events).toMatchObject([{ id: '1' }, { id: '2' }])
    expect(types).toEqual(['a', 'b'])
    expect(await receiver.receive(delivery('{"events":[]}'))).toMatchObject({ status: 200, events: [] })
  })

  test('answers questions that are not signed, and refuses everything else without a signature', async () => {
    const receiver = createReceiver(made, { logger: false })
    expect(await receiver.receive({ ...posted(''), method: 'HEAD' })).toMatchObject({ outcome: 'handshake' })
    expect(await receiver.receive(posted('webhook_id=1'))).toMatchObject({ status: 200, outcome: 'handshake' })
    expect(await receiver.receive(posted('{"events":[]}'))).toMatchObject({ status: 401, outcome: 'rejected' })
  })
})
