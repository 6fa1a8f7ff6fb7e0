import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { type AdapterCase, delivery, LIMIT, SIGNATURE, signatureOf } from './_adapter-bench.js'
import type { WireReply } from './_wire.js'

const JSON_TYPE = ['Content-Type', 'application/json'] as const

function isRefused(reply: WireReply, ...statuses: readonly number[]): void {
  assert.ok(statuses.includes(reply.status), `status ${reply.status}, not ${statuses.join(' or ')}`)
}

function bodyOf(id: string, size: number): Buffer {
  const [head, tail] = [`{"id":"${id}","type":"big","fill":"`, '"}']
  return Buffer.from(head + 'x'.repeat(size - head.length - tail.length) + tail)
}

/** Requests that must be refused, with nothing claimed and nothing run. */
export const refusalCases: readonly AdapterCase[] = [
  [
    'signature-missing',
    'a delivery without a signature is refused with 401',
    async (start) => {
      const bench = await start()
      isRefused(await bench.exchange({ headers: [JSON_TYPE], body: delivery().body }), 401)
      bench.nothingRan()
    },
  ],
  [
    'signature-empty',
    'an empty signature header is refused',
    async (start) => {
      const bench = await start()
      const headers = [JSON_TYPE, [SIGNATURE, '']] as const
      isRefused(await bench.exchange({ headers, body: delivery().body }), 400, 401)
      bench.nothingRan()
    },
  ],
  [
    'signature-doubled',
    'two signature headers are refused, the genuine one first or last',
    async (start) => {
      const bench = await start()
      const { body } = delivery()
      const pair = [
        [SIGNATURE, signatureOf(body)],
        [SIGNATURE, signatureOf(Buffer.from('else'))],
      ] as const
      isRefused(await bench.exchange({ headers: [JSON_TYPE, ...pair], body }), 400, 401)
      isRefused(await bench.exchange({ headers: [JSON_TYPE, ...[...pair].reverse()], body }), 400, 401)
      bench.nothingRan()
    },
  ],
  [
    'signature-doubled-malformed',
    'two equal signature headers make a malformed request: 400',
    async (start) => {
      const bench = await start()
      const { body, headers = [] } = delivery()
      isRefused(await bench.exchange({ headers: [...headers, [SIGNATURE, signatureOf(body)]], body }), 400)
      bench.nothingRan()
    },
  ],
  [
    'signature-over-long',
    'a signature header of 12 000 characters is refused',
    async (start) => {
      const bench = await start()
      const headers = [JSON_TYPE, [SIGNATURE, `sha256=${'0'.repeat(12_000)}`]] as const
      isRefused(await bench.exchange({ headers, body: delivery().body }), 400, 401)
      bench.nothingRan()
    },
  ],
  [
    'body-tampered',
    'a body that differs by one byte from what was signed is refused with 401',
    async (start) => {
      const bench = await start()
      const { body, ...rest } = delivery()
      body[body.length - 4] = (body.at(-4) ?? 0) ^ 1 // within a text, so that it is still JSON
      isRefused(await bench.exchange({ ...rest, body }), 401)
      bench.nothingRan()
    },
  ],
  [
    'method-other',
    'PUT, PATCH and DELETE are answered 405, with the methods that are allowed',
    async (start) => {
      const bench = await start()
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        const reply = await bench.exchange(delivery({ method }))
        isRefused(reply, 405)
        assert.equal(reply.headers.allow, 'POST, GET, HEAD, OPTIONS', method)
      }
      bench.nothingRan()
    },
  ],
  [
    'encoding-other',
    'a compressed body is refused with 415, even where its signature is right',
    async (start) => {
      const bench = await start()
      const body = gzipSync(delivery().body)
      isRefused(await bench.exchange(delivery({ body, headers: [['Content-Encoding', 'gzip']] })), 415)
      bench.nothingRan()
    },
  ],
  [
    'limit-announced',
    'a body that announces itself as too large is refused with 413 before it is sent',
    async (start) => {
      const bench = await start()
      const { body: _unsent, ...head } = delivery({ length: LIMIT + 1 })
      isRefused(await bench.exchange(head), 413)
      bench.nothingRan()
    },
  ],
  [
    'limit-chunked',
    'a chunked body that grows beyond the limit is refused with 413',
    async (start) => {
      const bench = await start()
      const body = bodyOf('chunked', LIMIT + 1)
      isRefused(await bench.exchange(delivery({ body, chunkBytes: 16_384 })), 413)
      bench.nothingRan()
    },
  ],
  [
    'limit-exact',
    'a body of exactly the limit is taken, with and without a length',
    async (start) => {
      const bench = await start()
      const lengthy = await bench.exchange(delivery({ body: bodyOf('lengthy', LIMIT) }))
      const chunked = await bench.exchange(delivery({ body: bodyOf('chunked', LIMIT), chunkBytes: 16_384 }))
      assert.deepEqual([lengthy.status, chunked.status, bench.ran], [200, 200, ['lengthy', 'chunked']])
    },
  ],
  [
    'length-too-small',
    'of a body that is longer than announced no event is made',
    async (start) => {
      const bench = await start()
      const wire = await bench.connect()
      const { body, headers = [] } = delivery()
      wire.send({ headers, body, length: body.length - 5 })
      const reply = await wire.reply().catch(() => undefined) // servers may cut the connection at the surplus
      if (reply !== undefined) isRefused(reply, 400, 401)
      bench.nothingRan()
    },
  ],
  [
    'length-too-large',
    'of a body that ends before its announced length no event is made',
    async (start) => {
      const bench = await start()
      const wire = await bench.connect()
      const { body, headers = [] } = delivery()
      wire.send({ headers, body, length: body.length + 5 })
      wire.socket.end()
      const reply = await wire.reply().catch(() => undefined) // most servers answer nothing to a closed connection
      if (reply !== undefined) isRefused(reply, 400, 401, 408)
      bench.nothingRan()
    },
  ],
  [
    'body-empty',
    'a signed empty body is refused with 400',
    async (start) => {
      const bench = await start()
      isRefused(await bench.exchange(delivery({ text: '' })), 400)
      bench.nothingRan()
    },
  ],
  [
    'body-not-utf8',
    'a signed body that is not UTF-8 is refused with 400: its bytes arrived as they were',
    async (start) => {
      const bench = await start()
      const body = Buffer.concat([
        Buffer.from('{"id":"'),
        Buffer.from([0xff, 0xc3, 0x28]),
        Buffer.from('","type":"x"}'),
      ])
      isRefused(await bench.exchange(delivery({ body })), 400)
      bench.nothingRan()
    },
  ],
  [
    'body-not-json',
    'a signed body that is not JSON is refused with 400, whatever its content type',
    async (start) => {
      const bench = await start()
      isRefused(await bench.exchange(delivery({ text: '{"id":' })), 400)
      const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const
      isRefused(await bench.exchange(delivery({ text: 'a=1&b=2', headers })), 400)
      bench.nothingRan()
    },
  ],
  [
    'closing',
    'a receiver that is closing answers 503 with Retry-After',
    async (start) => {
      const bench = await start()
      await bench.receiver.close()
      const reply = await bench.exchange(delivery())
      isRefused(reply, 503)
      assert.match(reply.headers['retry-after'] ?? '', /^\d+$/)
      bench.nothingRan()
    },
  ],
]
