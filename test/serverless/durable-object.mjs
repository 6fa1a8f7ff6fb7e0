// durableObjectStore and HookproofStore in workerd: the contract over HTTP, a receiver, the sweeper, and a storm.
import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Miniflare, Response as WorkerResponse } from 'miniflare'
import { bundleWorker } from './bundle.mjs'
import { judge } from './judge.mjs'

const SECRET = 'acme-secret-of-more-than-16-bytes'
const LIMIT_MS = 20_000

export async function durableObjectSuite(suite, { storeContract, durableObjectStore }) {
  const effects = []
  const worker = new Miniflare({
    modules: true,
    script: await bundleWorker(),
    compatibilityDate: '2026-01-01',
    compatibilityFlags: ['nodejs_compat'],
    durableObjects: { EVENTS: { className: 'ProbedStore', useSQLite: true } },
    bindings: { SECRET },
    serviceBindings: {
      async EFFECTS(request) {
        effects.push(await request.text())
        return new WorkerResponse('ok')
      },
    },
    host: '127.0.0.1',
    port: 0,
  })
  try {
    const { origin } = await worker.ready
    const namespace = await worker.getDurableObjectNamespace('EVENTS')
    for (const shards of [null, 4]) {
      const how = shards === null ? 'an object an event' : `${shards} shards`
      await suite.run(
        `durable object contract, ${how}`,
        storeContract(() => remoteStore(origin, shards)),
      )
      await suite.run(`durable object, ${how}`, receiverCases(origin, shards, effects))
      await suite.run(`durable object storm, ${how}`, stormCases(origin, shards, effects))
    }
    await suite.run('durable object', [...objectCases(origin, namespace), ...clientCases(durableObjectStore)])
  } finally {
    await worker.dispose()
  }
}

// A connection a request: workerd closes idle ones, and a request that meets the close is reset.
const agent = new Agent({ keepAlive: false, maxSockets: 32 })

function post(url, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, async (response) => {
      const chunks = await response.toArray()
      resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() })
    })
    sent.on('error', reject).end(body)
  })
}

/** The verbs of the store inside the Worker. */
function remoteStore(origin, shards) {
  const ask = async (verb, ...words) => {
    const { text } = await post(`${origin}/verb`, JSON.stringify({ shards, verb, words }))
    const { answer, code, message } = JSON.parse(text)
    if (code !== undefined || message !== undefined) throw Object.assign(new Error(message), { code })
    // JSON has no undefined.
    return answer?.status === 'won' || answer?.status === 'done' || answer?.status === 'dead'
      ? { result: undefined, ...answer }
      : answer
  }
  return {
    claim: (key, options) => ask('claim', key, options),
    renew: (key, options) => ask('renew', key, options),
    finish: (key, options) => ask('finish', key, options),
    reset: (key) => ask('reset', key),
    check: () => ask('check'),
  }
}

function deliver(origin, path, id, { secret = SECRET, shards } = {}) {
  const body = JSON.stringify({ type: 'ping' })
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const headers = { 'content-type': 'application/json', 'acme-id': id, 'acme-signature': signature }
  return post(`${origin}${path}${shards === null ? '' : `?shards=${shards}`}`, body, headers)
}

function receiverCases(origin, shards, effects) {
  const of = (id) => effects.filter((effect) => effect === id).length
  return [
    {
      title: 'a genuine delivery runs once, its duplicate does not, a forged one never',
      run: async () => {
        const id = randomUUID()
        const first = await deliver(origin, '/hooks', id, { shards })
        assert.deepEqual([first.status, first.headers['x-webhook-duplicate'], of(id)], [200, undefined, 1])
        const second = await deliver(origin, '/hooks', id, { shards })
        assert.deepEqual([second.status, second.headers['x-webhook-duplicate'], of(id)], [200, '1', 1])
        const forgedId = randomUUID()
        const forged = await deliver(origin, '/hooks', forgedId, { shards, secret: 'another secret entirely' })
        assert.deepEqual([forged.status, of(forgedId)], [401, 0])
      },
    },
    {
      title: 'check is content',
      run: async () => assert.deepEqual(await remoteStore(origin, shards).check(), []),
    },
    {
      title: 'a retention without end can be written',
      run: async () => {
        const store = remoteStore(origin, shards)
        const key = randomUUID()
        const endless = { leaseMs: 1000, retentionMs: Number.POSITIVE_INFINITY, tag: '' }
        await store.claim(key, { nonce: 'a', ...endless })
        assert.equal(
          await store.finish(key, { nonce: 'a', to: 'done', progress: '', retentionMs: Number.POSITIVE_INFINITY }),
          'ok',
        )
        assert.equal((await store.claim(key, { nonce: 'b', ...endless })).status, 'done')
      },
    },
  ]
}

/** 2,000 deliveries of 200 events, the copies of each at once, 32 at a time; each is sent again while the answer is 503. */
async function storm(origin, path, shards) {
  const events = Array.from({ length: 200 }, () => randomUUID())
  const deliveries = Array.from({ length: 2000 }, (_, index) => events[Math.floor(index / 10)])
  const statuses = {}
  const sender = async () => {
    for (let id = deliveries.pop(); id !== undefined; id = deliveries.pop()) {
      for (;;) {
        const { status } = await deliver(origin, path, id, { shards })
        statuses[status] = (statuses[status] ?? 0) + 1
        if (status !== 503) break
      }
    }
  }
  await Promise.all(Array.from({ length: 32 }, sender))
  return { events, statuses }
}

function stormCases(origin, shards, effects) {
  const run = async (path) => {
    const begun = performance.now()
    const { events, statuses } = await storm(origin, path, shards)
    const verdict = judge(events, effects)
    console.log(`     ${path}: ${JSON.stringify({ ...verdict, statuses, ms: Math.round(performance.now() - begun) })}`)
    return { ...verdict, statuses }
  }
  return [
    {
      title: '2,000 deliveries of 200 events have exactly 200 effects',
      run: async () => {
        const { statuses, ...verdict } = await run('/hooks')
        assert.deepEqual(verdict, { events: 200, effects: 200, lost: 0, doubled: 0 })
        assert.equal(statuses[200], 2000)
      },
    },
    {
      title: 'without a store they have 2,000, and the judge says so',
      run: async () => {
        const { effects, doubled } = await run('/plain')
        assert.deepEqual([effects, doubled], [2000, 200])
      },
    },
  ]
}

const LEASE = { leaseMs: 60_000, retentionMs: 60_000, tag: '' }

function objectCases(origin, namespace) {
  const store = remoteStore(origin, null)
  const ask = async (name, path, words = { key: 'x' }) => {
    const object = namespace.get(namespace.idFromName(name))
    const reply = await object.fetch(`https://hookproof/${path}`, { method: 'POST', body: JSON.stringify(words) })
    return { status: reply.status, ...(await reply.json()) }
  }
  return [
    {
      title: 'the alarm removes what is over, and with the last record everything',
      run: async () => {
        const key = randomUUID()
        await store.claim(key, { nonce: 'a', leaseMs: 2000, retentionMs: 2000, tag: '' })
        assert.equal((await ask(key, 'size')).size, 1)
        const until = performance.now() + LIMIT_MS
        while ((await ask(key, 'size')).size !== 'gone') {
          assert.ok(performance.now() < until, 'swept in time')
          await sleep(50)
        }
        assert.equal((await store.claim(key, { nonce: 'b', ...LEASE })).attempt, 1, 'the object is usable again')
      },
    },
    {
      title: 'the alarm leaves what is not over, and comes again for it',
      run: async () => {
        const name = randomUUID()
        const claim = (key, retentionMs) => ask(name, 'claim', { key, nonce: 'a', leaseMs: 1, retentionMs, tag: '' })
        await claim('short', 3000)
        await claim('long', 6000)
        const seen = new Set()
        const until = performance.now() + LIMIT_MS
        for (let size = 2; size !== 'gone'; ) {
          ;({ size } = await ask(name, 'size'))
          seen.add(size)
          assert.ok(performance.now() < until, 'swept in time')
          await sleep(20)
        }
        assert.deepEqual([...seen], [2, 1, 'gone'])
      },
    },
    {
      title: 'an unknown verb is an error, and the object stays usable',
      run: async () => {
        const key = randomUUID()
        assert.deepEqual(await ask(key, 'later'), { status: 500, error: 'ERR_STORE_UNAVAILABLE' })
        assert.equal((await store.claim(key, { nonce: 'a', ...LEASE })).status, 'won')
      },
    },
    {
      title: 'a damaged record is ERR_STORE_CORRUPT, never a new event',
      run: async () => {
        const key = randomUUID()
        await store.claim(key, { nonce: 'a', ...LEASE })
        await ask(key, 'damage')
        await assert.rejects(() => store.claim(key, { nonce: 'b', ...LEASE }), { code: 'ERR_STORE_CORRUPT' })
      },
    },
  ]
}

function clientCases(durableObjectStore) {
  const claim = { nonce: 'a', leaseMs: 1, retentionMs: 1, tag: '' }
  const answering = (fetch) => ({ idFromName: (name) => name, get: () => ({ fetch }) })
  const json = (status, body) => async () => Response.json(body, { status })
  const failures = [
    ['a rejection', () => Promise.reject(new Error('Durable Object is overloaded')), 'ERR_STORE_UNAVAILABLE'],
    ['a page instead of an answer', async () => new Response('<html>', { status: 502 }), 'ERR_STORE_UNAVAILABLE'],
    ['another class', json(200, { answer: 'hello' }), 'ERR_STORE_CORRUPT'],
    ['a full object', json(500, { error: 'ERR_STORE_FULL' }), 'ERR_STORE_FULL'],
    ['a damaged record', json(500, { error: 'ERR_STORE_CORRUPT' }), 'ERR_STORE_CORRUPT'],
    ['an error of a later version', json(500, { error: 'ERR_LATER' }), 'ERR_STORE_UNAVAILABLE'],
  ]
  return [
    ...failures.map(([name, reply, code]) => ({
      title: `${name} is ${code}`,
      run: () => assert.rejects(async () => durableObjectStore(answering(reply)).claim('k', claim), { code }),
    })),
    {
      title: 'shards spread keys over their number and keep each key where it is',
      run: async () => {
        const asked = []
        const namespace = {
          idFromName: (name) => asked.push(name),
          get: () => ({ fetch: json(200, { answer: true }) }),
        }
        const store = durableObjectStore(namespace, { shards: 8 })
        const keys = Array.from({ length: 400 }, (_, index) => `hp1:${index}`)
        for (const key of [...keys, ...keys]) await store.reset(key)
        assert.equal(new Set(asked).size, 8)
        assert.deepEqual(asked.slice(0, 400), asked.slice(400))
        assert.equal(asked[0], 'shard:6', 'where a record lies never changes')
      },
    },
    {
      title: 'wrong options are refused when the store is made',
      run: () => {
        const namespace = answering(json(200, {}))
        for (const shards of [0, -1, 1.5, '4', Number.NaN]) {
          assert.throws(() => durableObjectStore(namespace, { shards }), { code: 'ERR_OPTION_INVALID' })
        }
        assert.throws(() => durableObjectStore({}), { code: 'ERR_OPTION_INVALID' })
        assert.throws(() => durableObjectStore(namespace, { shard: 1 }), { code: 'ERR_OPTION_UNKNOWN' })
      },
    },
  ]
}
