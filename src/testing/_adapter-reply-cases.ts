import assert from 'node:assert/strict'
import { type AdapterCase, delivery, eventually, isReplyOf } from './_adapter-bench.js'
import { gate } from './_gate.js'

/** Each event runs once, and what the receiver answers arrives exactly. */
export const replyCases: readonly AdapterCase[] = [
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
      const { opened, open } = gate()
      const bench = await start({ handler: () => opened })
      const sent = delivery()
      const copies = Promise.all(Array.from({ length: 50 }, () => bench.exchange(sent)))
      await eventually(() => bench.replies.length === 49, 'all but the first copy are answered')
      open()
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
      const { opened, open } = gate()
      const bench = await start({ handler: () => opened, receiver: { maxRunMs: 100 } })
      const reply = await bench.exchange(delivery())
      open() // only now, so that closing need not wait for it
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
]
