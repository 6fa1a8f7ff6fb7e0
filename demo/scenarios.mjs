// What is sent, and what has to come of it: "<statuses> · <how often the effect happened>".
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { send, sendRaw } from './http.mjs'

const HOUR_MS = 3_600_000
const COPIES = 50

const label = ({ status, headers }) => (headers['x-webhook-duplicate'] === '1' ? `${status} dup` : String(status))
const distinct = (responses) => [...new Set(responses.map(label))].sort().join('/')
const inOrder = (responses) => responses.map(label).join(' ')
const headerLines = (headers) => Object.entries(headers).map(([name, value]) => `${name}: ${value}`)

/** Everything a scenario needs about one sender. */
export function benchOf(sender, { origin, secrets: [current, previous], effects }) {
  const url = (suffix) => origin + sender.path + suffix
  const bench = {
    sender,
    current,
    previous,
    /** A delivery that was never sent before, signed. */
    async fresh({ secret = current, time, from = sender.fresh } = {}) {
      const delivery = from()
      return { ...delivery, signed: await sender.sign(delivery, secret, time) }
    },
    post: ({ signed, body }, suffix = '') => send(url(suffix), { headers: signed, body }),
    raw: (lines, chunks, suffix = '') => sendRaw(url(suffix), lines, chunks),
    count: ({ body }, suffix = '', handler = 'only') => effects.count(sender.path + suffix, body, handler),
    total: () => effects.total(sender.path),
    request: (options, suffix = '') => send(url(suffix), options),
  }
  return bench
}

async function all(items, atOnce, work) {
  const results = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}

/** As a sender does that is told to come again. */
async function untilTaken(attempt) {
  for (let tries = 0; ; tries++) {
    const response = await attempt()
    if (response.status !== 503 || tries === 100) return response
    await sleep(50)
  }
}

/** The answer, and how often the handler of this endpoint has run for this body so far. */
async function tried(bench, delivery, suffix) {
  const response = await bench.post(delivery, suffix)
  return `${label(response)} · ${bench.count(delivery, suffix)}`
}

/** Another letter at the end of the last name or text: still JSON, still the same length. */
function tampered(body) {
  const bytes = Buffer.from(body)
  bytes[body.toString('latin1').search(/[a-y]"(?!.*[a-y]")/s)] += 1
  return bytes
}

const genuine = {
  title: 'genuine, every payload',
  expected: '200 · all',
  async run(bench) {
    const { sender, current } = bench
    const deliveries = await all(sender.genuine(), 16, async (one) => ({
      ...one,
      signed: await sender.sign(one, current),
    }))
    bench.sent = deliveries
    const responses = await all(deliveries, 16, (one) => bench.post(one))
    return { came: `${distinct(responses)} · ${bench.total()}`, expected: `200 · ${deliveries.length}` }
  },
}

const again = {
  title: 'all of them a second time',
  expected: '200 dup · all',
  async run(bench) {
    const seen = bench.total()
    // Bodies that two honest events may share run once for each delivery id, and no more.
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
      const statuses = [...new Set(responses.map(({ status }) => status))].sort().join('/')
      return `${statuses} · ${bench.count(delivery, '/slow')}`
    },
  },
  {
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
    title: 'replayed, a body that may repeat (*)',
    expected: '200 · 2',
    applies: ({ repeatable }) => repeatable !== undefined,
    run: (bench) => replay(bench, bench.sender.repeatable),
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
      const first = bench.post(delivery, '/slow')
      while (bench.count(delivery, '/slow', 'begun') === 0) await sleep(5)
      const responses = [await bench.post(delivery, '/slow'), await first]
      return `${inOrder(responses)} · ${bench.count(delivery, '/slow')}`
    },
  },
  {
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
    title: 'event without a handler',
    expected: '200 · 0',
    run: async (bench) => tried(bench, await bench.fresh(), '/no-handler'),
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
  return senders.flatMap((sender) =>
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
}
