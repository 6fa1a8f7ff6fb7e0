import { createHmac } from 'node:crypto'
import { createReceiver, defineProvider, type WebhookRequest } from 'hookproof'
import { hmac } from 'hookproof/schemes/hmac'
import { body, timestamp } from 'hookproof/schemes/parts'
import { describe, expect, it } from 'vitest'
import { acme, receiver, request, SECRET, sign, watchedStore } from '../support/acme.js'

const NOW = 1_700_000_000_000
const good = sign(JSON.stringify({ type: 'ping' }))

async function refused(
  message: WebhookRequest,
  provider = acme(),
): Promise<{ status: number; code: string | undefined }> {
  const store = watchedStore()
  const { receiver: acmeReceiver, log } = receiver({ store, clock: () => NOW }, provider)
  let runs = 0
  acmeReceiver.onAny(() => ++runs)
  const reply = await acmeReceiver.receive(message)
  expect({ runs, calls: store.calls }).toEqual({ runs: 0, calls: [] })
  return { status: reply.status, code: log.find(({ code }) => code.startsWith('ERR_'))?.code }
}

const withSignature = (value: string | readonly string[] | undefined): WebhookRequest => ({
  ...request({ type: 'ping' }),
  headers: { 'acme-id': 'x', 'acme-signature': value },
})

describe('a signature header that is', () => {
  it.each([
    ['missing', undefined, 401, 'ERR_SIGNATURE_MISSING'],
    ['empty', '', 401, 'ERR_SIGNATURE_MALFORMED'],
    ['doubled', [good, good], 400, 'ERR_HEADER_DUPLICATED'],
    ['over-long', good.repeat(100), 401, 'ERR_SIGNATURE_MALFORMED'],
    ['odd in length', good.slice(1), 401, 'ERR_SIGNATURE_MALFORMED'],
    ['upper-case', good.toUpperCase(), 401, 'ERR_SIGNATURE_MALFORMED'],
    ['not hex', 'z'.repeat(64), 401, 'ERR_SIGNATURE_MALFORMED'],
    ['of sha1', createHmac('sha1', SECRET).update('{"type":"ping"}').digest('hex'), 401, 'ERR_SIGNATURE_MALFORMED'],
    [
      'of an empty key',
      createHmac('sha256', '').update('{"type":"ping"}').digest('hex'),
      401,
      'ERR_SIGNATURE_MISMATCH',
    ],
    ['with white space', ` ${good}`, 401, 'ERR_SIGNATURE_MALFORMED'],
    ['wrong', 'a'.repeat(64), 401, 'ERR_SIGNATURE_MISMATCH'],
  ])('%s', async (_, value, status, code) => {
    expect(await refused(withSignature(value))).toEqual({ status, code })
  })

  it('doubled under two spellings, or in rawHeaders', async () => {
    const message = request({ type: 'ping' })
    expect(
      await refused({
        ...message,
        headers: { ...message.headers, 'Acme-Signature': good } as WebhookRequest['headers'],
      }),
    ).toEqual({ status: 400, code: 'ERR_HEADER_DUPLICATED' })
    const rawHeaders = ['Acme-Signature', good, 'acme-signature', good, 'acme-id', 'x']
    expect(await refused({ ...message, rawHeaders })).toEqual({ status: 400, code: 'ERR_HEADER_DUPLICATED' })
  })

  it('answers every refusal with one body', async () => {
    const { receiver: acmeReceiver } = receiver()
    const bodies = new Set<unknown>()
    for (const value of [undefined, '', 'z', 'a'.repeat(64)])
      bodies.add((await acmeReceiver.receive(withSignature(value))).body)
    expect(bodies.size).toBe(1)
  })
})

describe('base64', () => {
  const provider = defineProvider({
    ...acme(),
    scheme: hmac({ secret: SECRET, signature: { header: 'acme-signature' }, encoding: 'base64' }),
  })
  const text = '{"type":"ping"}'
  const genuine = createHmac('sha256', SECRET).update(text).digest('base64')
  it.each([
    ['base64url', genuine.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')],
    ['without padding', genuine.replaceAll('=', '')],
    [
      'with stray bits',
      `${genuine.slice(0, -2)}${genuine.at(-2) === 'A' ? 'B' : String.fromCharCode((genuine.at(-2) ?? 'A').charCodeAt(0) + 1)}=`,
    ],
    ['in hex', Buffer.from(genuine, 'base64').toString('hex')],
  ])('%s is malformed', async (_, value) => {
    expect((await refused(withSignature(value), acme({ scheme: provider.scheme }))).status).toBe(401)
  })
})

describe('a signed timestamp', () => {
  const scheme = hmac({
    secret: SECRET,
    signature: { header: 'acme-signature' },
    timestamp: { header: 'acme-time', unit: 's' },
    signed: [timestamp, '.', body],
  })
  const at = (time: string): WebhookRequest =>
    request({ type: 'ping' }, { headers: { 'acme-time': time, 'acme-signature': sign(`${time}.{"type":"ping"}`) } })
  it.each([
    ['-1700000000', 'ERR_TIMESTAMP_INVALID'],
    ['1700000000.5', 'ERR_TIMESTAMP_INVALID'],
    ['170abc', 'ERR_TIMESTAMP_INVALID'],
    ['1e20', 'ERR_TIMESTAMP_INVALID'],
    ['1700000000000', 'ERR_TIMESTAMP_INVALID'],
    [' 1700000000', 'ERR_TIMESTAMP_INVALID'],
    ['0x65', 'ERR_TIMESTAMP_INVALID'],
    ['', 'ERR_TIMESTAMP_MISSING'],
    ['1699999699', 'ERR_TIMESTAMP_STALE'],
    ['1700000301', 'ERR_TIMESTAMP_FUTURE'],
  ])('%j is refused', async (time, code) => {
    expect(await refused(at(time), acme({ scheme }))).toEqual({ status: 401, code })
  })

  it.each(['1699999700', '1700000300', '1700000000'])('%s is fresh: both bounds are inclusive', async (time) => {
    const { receiver: acmeReceiver } = receiver({ clock: () => NOW }, acme({ scheme }))
    acmeReceiver.onAny(() => undefined)
    expect((await acmeReceiver.receive(at(time))).outcome).toBe('handled')
  })

  it.each([
    [0, '1700000001', 401],
    [0, '1700000000', 200],
    [Number.POSITIVE_INFINITY, '1', 200],
  ])('tolerance %d with %s: %i', async (toleranceSeconds, time, status) => {
    const made = createReceiver(acme({ scheme }), { toleranceSeconds, clock: () => NOW, logger: false }).onAny(
      () => undefined,
    )
    expect((await made.receive(at(time))).status).toBe(status)
  })

  it('that is not signed is never checked', async () => {
    const { receiver: acmeReceiver } = receiver({ clock: () => 0 })
    acmeReceiver.onAny(() => undefined)
    expect(
      (await acmeReceiver.receive(request({ type: 'ping' }, { headers: { 'acme-time': '99999999999' } }))).status,
    ).toBe(200)
  })
})

describe('a genuine body that is', () => {
  const bytes = (data: Uint8Array): WebhookRequest => ({
    ...request('x', { headers: { 'acme-signature': sign(data) } }),
    body: data,
  })
  it.each([
    ['empty', bytes(Buffer.alloc(0))],
    ['invalid UTF-8', bytes(Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
    ['begun by a byte order mark', bytes(Buffer.from('\ufeff{}'))],
    ['not JSON', request('{"a":')],
    ['a __proto__ key', request('{"type":"ping","__proto__":{"admin":true}}')],
    ['an escaped __proto__ key', request('{"type":"ping","a":[{"\\u005f_proto__":1}]}')],
  ])('%s', async (_, message) => {
    expect(await refused(message)).toEqual({ status: 400, code: 'ERR_BODY_INVALID' })
  })

  it('the text __proto__ as a value is fine, and so is nesting 100,000 deep', async () => {
    const { receiver: acmeReceiver } = receiver()
    acmeReceiver.onAny((event) => void event.payload)
    expect((await acmeReceiver.receive(request('{"type":"__proto__","x":"\\"__proto__\\""}'))).status).toBe(200)
    expect((await acmeReceiver.receive(request(`${'['.repeat(100_000)}"\\u0061"${']'.repeat(100_000)}`))).status).toBe(
      200,
    )
  })
})

describe('the request', () => {
  it.each([
    ['by another method', { ...request(), method: 'GET' }, 405, 'ERR_METHOD_NOT_ALLOWED'],
    ['with a compressed body', request({}, { headers: { 'content-encoding': 'gzip' } }), 415, 'ERR_BODY_ENCODING'],
    ['with a parsed body', { ...request(), body: {} as unknown as string }, 500, 'ERR_BODY_CONSUMED'],
    ['over maxBodyBytes', request({ text: 'x'.repeat(1_100_000) }), 413, 'ERR_BODY_TOO_LARGE'],
    ['without an id', request({ type: 'ping' }, { headers: { 'acme-id': undefined } }), 400, 'ERR_EVENT_ID_MISSING'],
    ['with an empty id', request({ type: 'ping' }, { headers: { 'acme-id': '' } }), 400, 'ERR_EVENT_ID_MISSING'],
    ['with an over-long id', request({ type: 'ping' }, { id: 'i'.repeat(513) }), 400, 'ERR_EVENT_ID_INVALID'],
    ['with a malformed id', request({ type: 'ping' }, { id: 'a\ud800' }), 400, 'ERR_EVENT_ID_INVALID'],
  ])('%s', async (_, message, status, code) => {
    expect(await refused(message)).toEqual({ status, code })
  })

  it('405 names the methods', async () => {
    expect((await receiver().receiver.receive({ ...request(), method: 'DELETE' })).headers).toMatchObject({
      allow: 'POST',
    })
  })

  it('is not read where the signature is missing', async () => {
    let reads = 0
    const body = (): Uint8Array => {
      reads++
      return Buffer.from('{}')
    }
    await refused({ ...request(), body, headers: {} })
    expect(reads).toBe(0)
  })

  it.each([
    [Number.MAX_SAFE_INTEGER + 1, 400],
    [1.5, 400],
    [42, 200],
  ])('whose id is the number %d: %i', async (id, status) => {
    const { receiver: acmeReceiver } = receiver({}, acme({ identify: () => ({ id, type: 'ping' }) }))
    acmeReceiver.onAny(() => undefined)
    expect((await acmeReceiver.receive(request())).status).toBe(status)
  })

  it('whose type header does not fit the body is refused where the provider can tell', async () => {
    expect(await refused(request(), acme({ matches: () => false }))).toEqual({
      status: 400,
      code: 'ERR_EVENT_TYPE_MISMATCH',
    })
  })

  it('that breaks an extractor is our fault: the retry status, and nothing runs', async () => {
    expect(
      (
        await refused(
          request(),
          acme({
            identify: () => {
              throw new TypeError('x')
            },
          }),
        )
      ).status,
    ).toBe(500)
  })
})
