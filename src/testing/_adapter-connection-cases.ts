import assert from 'node:assert/strict'
import { type AdapterCase, delivery, eventually, SIGNATURE, signatureOf } from './_adapter-bench.js'
import { gate } from './_gate.js'

/** Connections: when they stay, when they end, and what happens when the client ends them. */
export const connectionCases: readonly AdapterCase[] = [
  [
    'keep-alive',
    'one connection carries one delivery after another',
    async (start) => {
      const bench = await start()
      const wire = await bench.connect()
      for (let round = 0; round < 5; round++) {
        wire.send(delivery())
        assert.equal((await wire.reply()).status, 200)
      }
      assert.equal(bench.ran.length, 5)
    },
  ],
  [
    'keep-alive-after-refusal',
    'a connection whose delivery was refused after its body was read stays usable',
    async (start) => {
      const bench = await start()
      const wire = await bench.connect()
      const { body, headers = [] } = delivery()
      const forged = headers.map(
        ([name, value]) => [name, name === SIGNATURE ? signatureOf(Buffer.from('x')) : value] as const,
      )
      wire.send({ headers: forged, body })
      const refused = await wire.reply()
      assert.deepEqual([refused.status, refused.headers.connection === 'close'], [401, false])
      const genuine = delivery()
      wire.send(genuine)
      assert.deepEqual([(await wire.reply()).status, bench.ran], [200, [genuine.id]])
    },
  ],
  [
    'keep-alive-after-failure',
    'a connection whose handler failed stays usable',
    async (start) => {
      let attempts = 0
      const bench = await start({ handler: () => (++attempts === 1 ? Promise.reject(new Error('once')) : undefined) })
      const wire = await bench.connect()
      const sent = delivery()
      for (const status of [500, 200]) {
        wire.send(sent)
        assert.equal((await wire.reply()).status, status)
      }
    },
  ],
  [
    'close-when-unread',
    'a refusal before the body was read says Connection: close, and the server closes',
    async (start) => {
      const bench = await start()
      const wire = await bench.connect()
      wire.send({ headers: [['Content-Type', 'application/json']], body: delivery().body })
      const reply = await wire.reply()
      assert.deepEqual([reply.status, reply.headers.connection], [401, 'close'])
      assert.ok(await wire.closes(), 'the server closes the connection')
    },
  ],
  [
    'unread-not-swallowed',
    'of 50 MB behind a refused head the server reads only a part',
    async (start) => {
      const bench = await start()
      const wire = await bench.connect()
      const total = 50_000_000
      wire.write(wire.head({ headers: [['Content-Type', 'application/json']], length: total }))
      assert.equal((await wire.reply()).status, 401)
      const part = Buffer.alloc(250_000)
      for (let sent = 0; sent < total && !wire.socket.destroyed; sent += part.length) {
        wire.write(part)
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.ok(await wire.closes(), 'the server closes the connection')
      assert.ok(wire.socket.bytesWritten < total, `all ${wire.socket.bytesWritten} bytes were taken`)
    },
  ],
  [
    'close-when-too-large',
    'after a body that grew beyond the limit the server closes the connection',
    async (start) => {
      const bench = await start({ receiver: { maxBodyBytes: 1000 } })
      const wire = await bench.connect()
      wire.write(wire.head({ ...delivery(), chunkBytes: 1 }))
      wire.write(`800\r\n${'x'.repeat(0x800)}\r\n`)
      const reply = await wire.reply()
      assert.deepEqual([reply.status, reply.headers.connection], [413, 'close'])
      assert.ok(await wire.closes(), 'the server closes the connection')
    },
  ],
  [
    'slow-body',
    'a body that does not arrive by its deadline is answered 408, and the connection ends',
    async (start) => {
      const bench = await start({ adapter: { bodyTimeoutMs: 150 } })
      const wire = await bench.connect()
      const sent = delivery()
      wire.write(wire.head(sent))
      wire.write(sent.body.subarray(0, 5))
      assert.equal((await wire.reply()).status, 408)
      assert.ok(await wire.closes(), 'the server closes the connection')
      bench.nothingRan()
    },
  ],
  [
    'slow-body-chunked',
    'a chunked body that stops arriving is answered 408',
    async (start) => {
      const bench = await start({ adapter: { bodyTimeoutMs: 150 } })
      const wire = await bench.connect()
      wire.write(wire.head({ ...delivery(), chunkBytes: 1 }))
      wire.write('5\r\n{"id"\r\n')
      assert.equal((await wire.reply()).status, 408)
      bench.nothingRan()
    },
  ],
  [
    'no-body-at-all',
    'a body that never starts to arrive is answered 408',
    async (start) => {
      const bench = await start({ adapter: { bodyTimeoutMs: 150 } })
      const wire = await bench.connect()
      wire.write(wire.head(delivery()))
      assert.equal((await wire.reply()).status, 408)
      bench.nothingRan()
    },
  ],
  [
    'client-gone-in-body',
    'a client that goes while it sends leaves nothing claimed, and the server goes on',
    async (start) => {
      const bench = await start()
      for (const framing of [{}, { chunkBytes: 7 }]) {
        const wire = await bench.connect()
        const sent = delivery(framing)
        wire.write(wire.head(sent))
        wire.write('7\r\n{"id" :\r\n')
        await new Promise((resolve) => setTimeout(resolve, 30)) // the server has begun to read
        wire.destroy()
      }
      assert.equal((await bench.answered(1)).outcome, 'rejected')
      assert.equal((await bench.answered(2)).outcome, 'rejected')
      bench.nothingRan()
      assert.equal((await bench.exchange(delivery())).status, 200)
    },
  ],
  [
    'client-gone-before-reply',
    'a client that goes before the answer stops nothing: the handler ends, and a retry is a duplicate',
    async (start) => {
      const { opened, open } = gate()
      const bench = await start({ handler: () => opened })
      const wire = await bench.connect()
      const sent = delivery()
      wire.send(sent)
      await eventually(() => bench.ran.length === 1, 'the handler starts')
      wire.destroy()
      await new Promise((resolve) => setTimeout(resolve, 30)) // the server has seen it go
      open()
      assert.equal((await bench.answered(1)).outcome, 'handled')
      const retry = await bench.exchange(sent)
      assert.deepEqual([retry.status, retry.headers['x-webhook-duplicate'], bench.ran], [200, '1', [sent.id]])
    },
  ],
  [
    'close-in-flight',
    'while the receiver closes, a running handler ends and is answered, and nothing new is taken',
    async (start) => {
      const { opened, open } = gate()
      const bench = await start({ handler: () => opened })
      const wire = await bench.connect()
      wire.send(delivery())
      await eventually(() => bench.ran.length === 1, 'the handler starts')
      const closed = bench.receiver.close({ timeoutMs: 5000 })
      assert.equal((await bench.exchange(delivery())).status, 503)
      open()
      assert.equal((await wire.reply()).status, 200)
      await closed
      assert.equal(bench.ran.length, 1)
    },
  ],
]
