import assert from 'node:assert/strict'
import type { UnverifiedRequest } from '../types.js'
import { type AdapterCase, delivery, isReplyOf, SECRET } from './_adapter-bench.js'

/** Genuine deliveries arrive unchanged. */
export const deliveryCases: readonly AdapterCase[] = [
  [
    'genuine',
    'a genuine delivery runs once and is answered 200',
    async (start) => {
      const bench = await start()
      const sent = delivery()
      const reply = await bench.exchange(sent)
      await isReplyOf(bench, reply)
      assert.deepEqual([reply.status, bench.ran], [200, [sent.id]])
    },
  ],
  [
    'bytes-unchanged',
    'white space, line ends, escapes and non-ASCII text arrive byte by byte',
    async (start) => {
      const seen: Uint8Array[] = []
      const bench = await start({ handler: (event) => seen.push(event.rawBody) })
      const { body, ...rest } = delivery({
        text: ' {"id" : "odd",\r\n\t"type":"x", "n":1.0, "s":"\\u00e9 é 😀 %2B+&="}\n',
      })
      assert.equal((await bench.exchange({ ...rest, body })).status, 200)
      assert.deepEqual(
        seen.map((bytes) => Buffer.from(bytes)),
        [body],
      )
    },
  ],
  [
    'content-types',
    'the body is taken whatever its content type, and without one',
    async (start) => {
      const bench = await start()
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        'x/y; charset="z',
      ]) {
        const { status } = await bench.exchange(delivery({ headers: [['Content-Type', type]] }))
        assert.equal(status, 200, type)
      }
      const { headers = [], ...rest } = delivery()
      const { status } = await bench.exchange({ ...rest, headers: headers.filter(([name]) => name !== 'Content-Type') })
      assert.equal(status, 200, 'none')
    },
  ],
  [
    'chunks-small',
    'a body in chunks of one byte arrives whole',
    async (start) => {
      const bench = await start()
      const sent = delivery({ chunkBytes: 1 })
      assert.deepEqual([(await bench.exchange(sent)).status, bench.ran], [200, [sent.id]])
    },
  ],
  [
    'body-in-parts',
    'a body of known length that arrives in two parts arrives whole',
    async (start) => {
      const bench = await start()
      const wire = await bench.connect()
      const sent = delivery()
      wire.write(wire.head(sent))
      wire.write(sent.body.subarray(0, 10))
      await new Promise((resolve) => setTimeout(resolve, 50)) // so that the parts are not joined on their way
      wire.write(sent.body.subarray(10))
      assert.deepEqual([(await wire.reply()).status, bench.ran], [200, [sent.id]])
    },
  ],
  [
    'expect-continue',
    'a sender that waits for 100 Continue is served',
    async (start) => {
      const bench = await start()
      const wire = await bench.connect()
      const sent = delivery({ headers: [['Expect', '100-continue']] })
      wire.write(wire.head(sent))
      await new Promise((resolve) => setTimeout(resolve, 20)) // the server may send its 100 or wait for the body
      wire.write(sent.body)
      assert.deepEqual([(await wire.reply()).status, bench.ran], [200, [sent.id]])
    },
  ],
  [
    'header-case',
    'header names count in any case, and an unrelated repeated field does no harm',
    async (start) => {
      const bench = await start()
      const { headers = [], ...rest } = delivery()
      const shouting = headers.map(([name, value]) => [name.toUpperCase(), value] as const)
      const noise = [
        ['X-Noise', '1'],
        ['x-noise', '2'],
      ] as const
      assert.equal((await bench.exchange({ ...rest, headers: [...shouting, ...noise] })).status, 200)
    },
  ],
  [
    'encoding-identity',
    'a Content-Encoding of identity is no encoding',
    async (start) => {
      const bench = await start()
      assert.equal((await bench.exchange(delivery({ headers: [['Content-Encoding', 'identity']] }))).status, 200)
    },
  ],
  [
    'body-big',
    'a body of 25 MiB is taken where that is the limit; one byte more is refused with 413',
    async (start) => {
      const limit = 25 * 1024 * 1024
      const bench = await start({ receiver: { maxBodyBytes: limit } })
      const [head, tail] = ['{"id":"big","type":"x","fill":"', '"}']
      const body = Buffer.alloc(limit, 'x')
      body.write(head)
      body.write(tail, limit - tail.length)
      assert.deepEqual([(await bench.exchange(delivery({ body }))).status, bench.ran], [200, ['big']])
      const { body: _unsent, ...announced } = delivery({ length: limit + 1 })
      assert.equal((await bench.exchange(announced)).status, 413)
    },
  ],
  [
    'path-parameters',
    'path parameters and headers reach a secret function',
    async (start) => {
      const seen: (string | undefined)[] = []
      const secret = ({ params, headers }: UnverifiedRequest): string | null => {
        const hint =
          'get' in headers && typeof headers.get === 'function' ? headers.get('x-hint') : fieldOf(headers, 'x-hint')
        seen.push(params.tenant, hint ?? undefined)
        return params.tenant === undefined ? null : SECRET
      }
      const bench = await start({ secret })
      assert.equal((await bench.exchange(delivery({ headers: [['X-Hint', 'h']] }))).status, 200)
      assert.deepEqual(seen, [bench.url.pathname.split('/').at(-1), 'h'])
    },
  ],
  [
    'url-whole',
    'the URL has the path that a router cut off, and its query',
    async (start) => {
      const { path, seen } = await urlSeen(start, '?a=1&b=%2Fx')
      assert.equal(seen, path)
    },
  ],
  [
    'url-exact',
    'order, repetition and escapes of the query are as sent',
    async (start) => {
      const { path, seen } = await urlSeen(start, '?a=1&b=%2f+x%20y&a=2&c')
      assert.equal(seen, path)
    },
  ],
]

async function urlSeen(start: Parameters<AdapterCase[2]>[0], query: string): Promise<{ path: string; seen: string }> {
  let seen = ''
  const secret = ({ url }: UnverifiedRequest): string => {
    seen = url.replace(/^https?:\/\/[^/]+/, '')
    return SECRET
  }
  const bench = await start({ secret })
  const path = bench.url.pathname + query
  assert.equal((await bench.exchange(delivery({ path }))).status, 200)
  return { path, seen }
}

function fieldOf(headers: object, name: string): string | undefined {
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]
  return Array.isArray(found) ? String(found[0]) : found
}
