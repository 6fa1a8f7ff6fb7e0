// What is sent, and what has to come of it: "<statuses> · <how often the effect happened>".
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { all, distinct, headerLines, inOrder, label, statusesOf, tampered, tried, untilTaken } from './bench.mjs'

const HOUR_MS = 3_600_000
const COPIES = 50

const genuine = {
  section: 'Is it new?',
  title: 'genuine, every payload (1)',
  expected: '200 · all',
  async run(bench) {
    const { sender, current } = bench
    const deliveries = await all(sender.genuine(), 16, async (one) => ({
      ...one,
      signed: await sender.sign(one, current),
    }))
    bench.sent = deliveries
    const responses = await all(deliveries, 16, (one) => bench.post(one))
    const missing = deliveries.filter((one) => bench.count(one) === 0).length
    return {
      came: `${statusesOf(responses)} · ${bench.total()}${missing === 0 ? '' : `, ${missing} missing`}`,
      expected: `200 · ${deliveries.length - (sender.repetitions ?? 0)}`,
    }
  },
}

const again = {
  title: 'each of them a second time',
  expected: '200 dup · all',
  async run(bench) {
    const seen = bench.total()
    const responses = await all(bench.sent, 16, (one) => bench.post(one))
    return { came: `${distinct(responses)} · ${bench.total()}`, expected: `200 dup · ${seen}` }
  },
}

export const scenarios = [
  genuine,
  again,
  {
    title: 'a retry, signed anew',
    expected: '200 dup · 1',
    applies: ({ timestamped }) => timestamped,
    async run(bench) {
      const first = await bench.fresh()
      const later = { ...first, signed: await bench.sender.sign(first, bench.current, Date.now() + 5000) }
      await bench.post(first)
      return tried(bench, later)
    },
  },
  {
    title: `${COPIES} copies at once, 503 sent again`,
    expected: '200 · 1',
    async run(bench) {
      const delivery = await bench.fresh()
      const copies = Array.from({ length: COPIES }, () => delivery)
      const responses = await all(copies, COPIES, (copy) => untilTaken(() => bench.post(copy, '/slow')))
      return `${statusesOf(responses)} · ${bench.count(delivery, '/slow')}`
    },
  },
  {
    section: 'Is it genuine?',
    title: 'signed with the previous secret',
    expected: '200 · 1',
    run: async (bench) => tried(bench, await bench.fresh({ secret: bench.previous })),
  },
  {
    title: 'forged with another secret',
    expected: '401 · 0',
    run: async (bench) => tried(bench, await bench.fresh({ secret: bench.sender.stranger })),
  },
  {
    title: 'not signed at all',
    expected: '401 · 0',
    async run(bench) {
      const delivery = bench.sender.fresh()
      return tried(bench, { ...delivery, signed: delivery.headers })
    },
  },
  {
    title: 'one byte of the body changed',
    expected: '401 · 0',
    async run(bench) {
      const delivery = await bench.fresh()
      return tried(bench, { ...delivery, body: tampered(delivery.body) })
    },
  },
  {
    title: 'one byte of the signature changed',
    expected: '401 · 0',
    async run(bench) {
      const delivery = await bench.fresh()
      const name = Object.keys(delivery.signed).find((header) => header.includes('signature'))
      const last = delivery.signed[name].slice(-2, -1)
      const signed = {
        ...delivery.signed,
        [name]: `${delivery.signed[name].slice(0, -2)}${last === 'a' ? 'b' : 'a'}${delivery.signed[name].slice(-1)}`,
      }
      return tried(bench, { ...delivery, signed })
    },
  },
  {
    section: 'Is it fresh?',
    title: 'a day old',
    expected: '401 · 0',
    applies: ({ timestamped }) => timestamped,
    run: async (bench) => tried(bench, await bench.fresh({ time: Date.now() - 24 * HOUR_MS })),
  },
  {
    title: 'an hour in the future',
    expected: '401 · 0',
    applies: ({ timestamped }) => timestamped,
    run: async (bench) => tried(bench, await bench.fresh({ time: Date.now() + HOUR_MS })),
  },
  {
    section: 'Is it new, under another id?',
    title: 'replayed under another id: signed',
    expected: '401 · 1',
    applies: ({ idIn }) => idIn === 'signed header',
    run: (bench) => replay(bench),
  },
  {
    title: 'replayed under another id: unsigned',
    expected: '200 dup · 1',
    applies: ({ idIn }) => idIn === 'unsigned header',
    run: (bench) => replay(bench),
  },
  {
    title: 'replayed, a body that may repeat (2)',
    expected: '200 · 2',
    applies: ({ repeatable }) => repeatable !== undefined,
    run: (bench) => replay(bench, bench.sender.repeatable),
  },
  {
    section: 'Whose is it?',
    title: 'event without a handler',
    expected: '200 · 0',
    run: async (bench) => tried(bench, await bench.fresh(), '/no-handler'),
  },
  {
    title: 'handler fails once, retried',
    expected: '500 200 · 1',
    async run(bench) {
      const delivery = await bench.fresh()
      const responses = [await bench.post(delivery, '/fails-once'), await bench.post(delivery, '/fails-once')]
      return `${inOrder(responses)} · ${bench.count(delivery, '/fails-once')}`
    },
  },
  {
    title: 'two handlers, one fails, retried',
    expected: '500 200 · 1+1',
    async run(bench) {
      const delivery = await bench.fresh()
      const suffix = '/two-handlers'
      const responses = [await bench.post(delivery, suffix), await bench.post(delivery, suffix)]
      return `${inOrder(responses)} · ${bench.count(delivery, suffix, 'first')}+${bench.count(delivery, suffix, 'second')}`
    },
  },
  {
    title: 'slow handler, a copy meanwhile',
    expected: '503 200 · 1',
    async run(bench) {
      const delivery = await bench.fresh()
      let answered = false
      const first = bench.post(delivery, '/slow').finally(() => {
        answered = true
      })
      while (!answered && bench.count(delivery, '/slow', 'begun') === 0) await sleep(5)
      const responses = [await bench.post(delivery, '/slow'), await first]
      return `${inOrder(responses)} · ${bench.count(delivery, '/slow')}`
    },
  },
  {
    section: 'Bad requests',
    title: 'body that stalls half-way',
    expected: '408 · 0',
    async run(bench) {
      const delivery = await bench.fresh()
      const lines = [...headerLines(delivery.signed), `content-length: ${delivery.body.length}`]
      const response = await bench.raw(lines, [delivery.body.subarray(0, delivery.body.length / 2)])
      return `${response.status} · ${bench.count(delivery)}`
    },
  },
  {
    title: 'too large, says Content-Length',
    expected: '413 · 0',
    async run(bench) {
      const delivery = await bench.fresh()
      const response = await bench.raw([...headerLines(delivery.signed), `content-length: ${bench.sender.limit + 1}`])
      return `${response.status} · ${bench.count(delivery)}`
    },
  },
  {
    title: 'too large, in chunks',
    expected: '413 · 0',
    async run(bench) {
      const delivery = await bench.fresh()
      const piece = Buffer.alloc(64 * 1024, ' ')
      const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
      const chunks = Array.from({ length: Math.ceil(bench.sender.limit / piece.length) + 1 }, () => chunk)
      const response = await bench.raw([...headerLines(delivery.signed), 'transfer-encoding: chunked'], chunks)
      return `${response.status} · ${bench.count(delivery)}`
    },
  },
  {
    title: 'compressed on the way',
    expected: '415 · 0',
    async run(bench) {
      const delivery = await bench.fresh()
      const zipped = {
        ...delivery,
        body: gzipSync(delivery.body),
        signed: { ...delivery.signed, 'content-encoding': 'gzip' },
      }
      return tried(bench, zipped)
    },
  },
  {
    title: 'signature header twice',
    expected: '400 · 0',
    async run(bench) {
      const delivery = await bench.fresh()
      const lines = headerLines(delivery.signed)
      const signature = lines.find((line) => /signature[^:]*:/.test(line))
      const response = await bench.raw(
        [...lines, signature, `content-length: ${delivery.body.length}`],
        [delivery.body],
      )
      return `${response.status} · ${bench.count(delivery)}`
    },
  },
  {
    title: 'read by express.json() before us',
    expected: '500 · 0',
    run: async (bench) => tried(bench, await bench.fresh(), '/parsed'),
  },
  {
    title: 'GET',
    expected: '405 · 0',
    async run(bench) {
      const response = await bench.request({ method: 'GET', headers: {} })
      return `${label(response)} · 0`
    },
  },
]

async function replay(bench, from) {
  const delivery = await bench.fresh({ from: from ?? bench.sender.fresh })
  const replayed = { ...delivery, signed: bench.sender.withFreshId(delivery.signed) }
  await bench.post(delivery)
  return tried(bench, replayed)
}

/** A row for each handshake of each sender. */
export function handshakesOf(senders) {
  const rows = senders.flatMap((sender) =>
    sender.handshakes.map(({ title, delivery, signed, expected, answer }) => ({
      title,
      expected,
      applies: (other) => other === sender,
      async run(bench) {
        const made = delivery()
        const headers = signed ? await sender.sign(made, bench.current) : made.headers
        const response = await bench.post({ ...made, signed: headers })
        if (answer !== undefined && !response.text.includes(answer)) return `${label(response)} without the answer`
        return `${label(response)} · ${bench.count(made)}`
      },
    })),
  )
  return rows.map((row, index) => (index === 0 ? { section: 'Handshakes', ...row } : row))
}
