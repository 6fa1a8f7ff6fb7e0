import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { discord } from '../../src/providers/discord.js'
import { NOW, vendorBench } from './vendor-bench.js'

const app = generateKeyPairSync('ed25519')
const other = generateKeyPairSync('ed25519')
const publicKey = app.publicKey.export({ format: 'der', type: 'spki' }).subarray(12).toString('hex')

function signed(payload: object, { at = NOW / 1000, key = app.privateKey as KeyObject } = {}) {
  const body = JSON.stringify(payload)
  return {
    body,
    headers: {
      'x-signature-ed25519': sign(null, Buffer.from(at + body), key).toString('hex'),
      'x-signature-timestamp': String(at),
    },
  }
}
const command = { id: '1', type: 2, application_id: '9', token: 't', version: 1, data: { name: 'ping' } }
const event = {
  version: 1,
  application_id: '9',
  type: 1,
  event: { type: 'APPLICATION_AUTHORIZED', timestamp: '2025-10-09T08:53:20.5', data: {} },
}

test('an interaction is answered by its handler, and the answer is kept for a repetition', async () => {
  const bench = vendorBench(discord({ publicKey }), (_, context) =>
    context.respond({ body: { type: 4, data: { content: 'pong' } } }),
  )
  for (const outcome of ['handled', 'duplicate']) {
    expect(await bench.receive(signed(command))).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"type":4,"data":{"content":"pong"}}',
      outcome,
    })
  }
  expect(bench.events).toHaveLength(1)
})

test.each([
  [{ ...command, type: 3, data: { custom_id: 'yes' } }, 'MESSAGE_COMPONENT.yes'],
  [{ ...command, type: 4 }, 'APPLICATION_COMMAND_AUTOCOMPLETE.ping'],
  [{ ...command, type: 5, data: { custom_id: 'form' } }, 'MODAL_SUBMIT.form'],
])('%j is %s', async (payload, type) => {
  const bench = vendorBench(discord({ publicKey }))
  await bench.receive(signed(payload))
  expect(bench.events[0]).toMatchObject({ type, id: '1' })
})

describe('a webhook event', () => {
  test('is answered 204 and known by what was signed', async () => {
    const bench = vendorBench(discord({ publicKey }))
    for (const outcome of ['handled', 'duplicate']) {
      expect(await bench.receive(signed(event))).toMatchObject({
        status: 204,
        headers: { 'content-type': 'application/json' },
        body: '',
        outcome,
      })
    }
    await bench.receive(signed(event, { at: NOW / 1000 + 1 }))
    expect(bench.events).toHaveLength(2)
    expect(bench.events[0]?.timestamp).toBe(Date.parse('2025-10-09T08:53:20.500Z'))
  })
  test('is taken up to 15 minutes after it was signed, because it is retried for 10', async () => {
    const bench = vendorBench(discord({ publicKey }))
    bench.clock = NOW + 900_000
    expect(await bench.receive(signed(event))).toMatchObject({ status: 204 })
    bench.clock += 1
    expect(await bench.receive(signed(event))).toMatchObject({ status: 401 })
  })
})

test.each([
  ['a command', command],
  ['a ping of interactions', { ...command, type: 1 }],
  ['a ping of webhook events', { version: 1, application_id: '9', type: 0 }],
  ['a webhook event', event],
])('%s of another application is refused with 401', async (_what, payload) => {
  const bench = vendorBench(discord({ publicKey }))
  expect(await bench.receive(signed(payload, { key: other.privateKey }))).toMatchObject({
    status: 401,
    outcome: 'rejected',
  })
  expect([bench.codes, bench.events]).toEqual([['ERR_SIGNATURE_MISMATCH'], []])
})

test('a ping is no event, and an event no ping', async () => {
  const bench = vendorBench(discord({ publicKey }))
  expect(await bench.receive(signed({ ...command, type: 1 }))).toMatchObject({
    outcome: 'handshake',
    body: '{"type":1}',
  })
  expect(await bench.receive(signed({ version: 1, type: 0 }))).toMatchObject({ outcome: 'handshake', status: 204 })
  expect(bench.events).toEqual([])
  expect(await bench.receive(signed(event))).toMatchObject({ outcome: 'handled' })
})
