import assert from 'node:assert/strict'
import type { UnverifiedRequest } from '../types.js'
import { type AdapterCase, type Bench, delivery, eventually, SECRET } from './_adapter-bench.js'
import type { WireReply } from './_wire.js'

/** The wire says what the receiver said. */
async function isReplyOf(bench: Bench, reply: WireReply): Promise<void> {
  const said = await bench.answered(bench.replies.length)
  assert.equal(reply.status, said.status)
  for (const [name, value] of Object.entries(said.headers)) assert.equal(reply.headers[name.toLowerCase()], value, name)
  assert.deepEqual(reply.body, Buffer.from(said.body), 'body')
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** Genuine deliveries: they arrive unchanged, run once, and are answered exactly as the receiver says. */
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
    'duplicate',
    'the second copy of a finished event is answered as a success, marked, and does not run',
    async (start) => {
      const bench = await start()
      const sent = delivery()
      const first = await bench.exchange(sent)
      const second = await bench.exchange(sent)
      assert.deepEqual([first.status, first.headers['x-webhook-duplicate']], [200, undefined])
      assert.deepEqual([second.status, second.headers['x-webhook-duplicate'], bench.ran], [200, '1', [sent.id]])
    },
  ],
  [
    'copies-at-once',
    '50 copies at once run once; each is told success, or to come later',
    async (start) => {
      const gate = deferred()
      const bench = await start({ handler: () => gate.promise })
      const sent = delivery()
      const copies = Promise.all(Array.from({ length: 50 }, () => bench.exchange(sent)))
      await eventually(() => bench.replies.length === 49, 'all but the first copy are answered')
      gate.resolve()
      const statuses = (await copies).map(({ status }) => status).sort()
      assert.deepEqual([bench.ran, statuses], [[sent.id], [200, ...Array(49).fill(503)]])
    },
  ],
  [
    'handler-throws',
    'a handler that throws leads to 500, and the retry runs',
    async (start) => {
      let attempts = 0
      const bench = await start({
        handler: () => {
          if (++attempts === 1) throw new Error('once')
        },
      })
      const sent = delivery()
      const statuses = [(await bench.exchange(sent)).status, (await bench.exchange(sent)).status]
      assert.deepEqual([statuses, attempts], [[500, 200], 2])
    },
  ],
  [
    'handler-rejects-non-error',
    'a handler that rejects with something that is no Error leads to 500',
    async (start) => {
      const bench = await start({ handler: () => Promise.reject('text') })
      assert.equal((await bench.exchange(delivery())).status, 500)
      const other = await start({ handler: () => Promise.reject(undefined) })
      assert.equal((await other.exchange(delivery())).status, 500)
    },
  ],
  [
    'handler-hangs',
    'a handler that never settles is answered 503 with Retry-After at maxRunMs',
    async (start) => {
      const hanging = deferred()
      const bench = await start({ handler: () => hanging.promise, receiver: { maxRunMs: 100 } })
      const reply = await bench.exchange(delivery())
      hanging.resolve() // only now, so that closing need not wait for it
      assert.equal(reply.status, 503)
      assert.match(reply.headers['retry-after'] ?? '', /^\d+$/)
    },
  ],
  [
    'reply-binary',
    "a handler's own reply arrives exactly: status, headers, all 256 bytes",
    async (start) => {
      const body = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      const headers = { 'content-type': 'application/x-contract', 'x-from-handler': 'a, b' }
      const bench = await start({ handler: (_event, { respond }) => respond({ status: 202, headers, body }) })
      const reply = await bench.exchange(delivery())
      await isReplyOf(bench, reply)
      assert.deepEqual(
        [reply.status, reply.headers['content-type'], reply.headers['x-from-handler']],
        [202, 'application/x-contract', 'a, b'],
      )
      assert.deepEqual([...reply.body], [...body])
    },
  ],
  [
    'reply-text',
    'a text reply is measured in bytes, not characters',
    async (start) => {
      const bench = await start({
        handler: (_event, { respond }) =>
          respond({ headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'é😀' }),
      })
      const reply = await bench.exchange(delivery())
      assert.deepEqual([reply.body.toString(), reply.headers['content-type']], ['é😀', 'text/plain; charset=utf-8'])
      const length = reply.headers['content-length']
      assert.ok(length === '6' || reply.headers['transfer-encoding'] === 'chunked', `content-length ${length}`)
    },
  ],
  [
    'reply-empty',
    'a success without content is answered 204, and the connection stays usable',
    async (start) => {
      const bench = await start({ facts: { statuses: { success: 204 } } })
      const wire = await bench.connect()
      for (let round = 0; round < 2; round++) {
        wire.send(delivery())
        const reply = await wire.reply()
        assert.deepEqual([reply.status, reply.headers['content-length'] ?? '0', reply.body.length], [204, '0', 0])
      }
      assert.equal(bench.ran.length, 2)
    },
  ],
  [
    'handshake-get',
    'a handshake by GET is answered with its challenge, and runs nothing',
    async (start) => {
      const bench = await start()
      const path = `${bench.url.pathname}?challenge=a%20b&mode=x`
      const reply = await bench.exchange({ method: 'GET', path })
      assert.deepEqual([reply.status, reply.body.toString(), reply.headers['x-handshake']], [200, 'a b', 'GET'])
      assert.match(reply.headers['content-type'] ?? '', /^text\/plain/)
      bench.nothingRan()
    },
  ],
  [
    'handshake-head',
    'a handshake by HEAD is answered without a body, and the connection stays usable',
    async (start) => {
      const bench = await start()
      const wire = await bench.connect()
      for (let round = 0; round < 2; round++) {
        wire.send({ method: 'HEAD', path: `${bench.url.pathname}?challenge=abc` })
        const reply = await wire.reply('HEAD')
        assert.deepEqual([reply.status, reply.headers['x-handshake']], [200, 'HEAD'])
      }
    },
  ],
  [
    'handshake-options',
    'a handshake by OPTIONS is answered by the provider, not by the framework',
    async (start) => {
      const bench = await start()
      const reply = await bench.exchange({ method: 'OPTIONS', path: `${bench.url.pathname}?challenge=abc` })
      assert.deepEqual([reply.status, reply.body.toString(), reply.headers['x-handshake']], [200, 'abc', 'OPTIONS'])
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
