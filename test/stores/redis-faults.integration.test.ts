import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as scripts from '../../src/stores/_redis-scripts.js'
import { memoryStore } from '../../src/stores/memory.js'
import { redisStore } from '../../src/stores/redis.js'
import { describeRedis, type OwnRedisServer, startRedis, startRedisCluster } from '../support/redis.js'
import { type Connected, clients, clusters } from '../support/redis-clients.js'
import { claim, done } from '../support/store-calls.js'
import { commands, replay } from '../support/store-commands.js'

const coded = (code: string, detail = '') =>
  expect.objectContaining({ name: 'StoreError', code, message: expect.stringContaining(detail) })

let server: OwnRedisServer

describeRedis('the Redis store on a server of its own', 'own servers', () => {
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())
  afterEach(() => {
    server.cli('FLUSHALL')
  })

  describe.each(clients)('through %s', (_name, connect) => {
    let connected: Connected
    beforeEach(async () => {
      connected = await connect(server.url)
    })
    afterEach(() => connected.close())

    it('sends nothing when it is made, one command a verb, and two where a claim meets a running event', async () => {
      server.cli('SCRIPT', 'FLUSH')
      const store = redisStore(connected.client)
      await store.claim('warm', claim('a'))
      await store.claim('warm', claim('b'))
      await store.finish('warm', done('a'))
      server.cli('CONFIG', 'RESETSTAT')
      await store.claim('k', claim('a'))
      await store.claim('k', claim('b'))
      await store.finish('k', done('a'))
      const calls = server.cli('INFO', 'commandstats')
      // A running event is told by the script, with the server's clock.
      expect(calls).toMatch(/^cmdstat_evalsha:calls=2,/m)
      expect(calls).not.toMatch(/^cmdstat_(eval|script\|load):/m)
      server.cli('CONFIG', 'RESETSTAT')
      await store.claim('k', claim('c'))
      await store.claim('l', claim('a'))
      const later = server.cli('INFO', 'commandstats')
      expect(later).toMatch(/^cmdstat_set:calls=2,/m)
      expect(later).not.toMatch(/^cmdstat_(eval|evalsha|script\|load):/m)
    })

    it('is not disturbed by SCRIPT FLUSH between any two calls', async () => {
      const store = redisStore(connected.client)
      const flushed = async <T>(call: () => T): Promise<Awaited<T>> => {
        server.cli('SCRIPT', 'FLUSH')
        return await call()
      }
      expect(await flushed(() => store.claim('k', claim('a')))).toMatchObject({ status: 'won', attempt: 1 })
      expect(await flushed(() => store.renew('k', claim('a')))).toBe(true)
      expect(await flushed(() => store.finish('k', done('a', { result: 'r' })))).toBe('ok')
      expect(await flushed(() => store.claim('k', claim('b')))).toEqual({ status: 'done', result: 'r', tag: 'tag' })
      expect(await flushed(() => store.reset?.('k'))).toBe(true)
    })

    it('says ERR_STORE_FULL where the server is full and drops nothing, and goes on when there is room', async () => {
      const store = redisStore(connected.client)
      await store.claim('before', claim('a'))
      server.cli('CONFIG', 'SET', 'maxmemory', '1')
      try {
        await expect(store.claim('k', claim('a'))).rejects.toEqual(coded('ERR_STORE_FULL', 'OOM'))
        await expect(store.finish('before', done('a'))).rejects.toEqual(coded('ERR_STORE_FULL'))
      } finally {
        server.cli('CONFIG', 'SET', 'maxmemory', '0')
      }
      expect(await store.claim('k', claim('b'))).toMatchObject({ status: 'won', attempt: 1 })
      expect(await store.finish('before', done('a'))).toBe('ok')
    })

    it('says ERR_STORE_CORRUPT, and changes nothing, where the key holds something else', async () => {
      const store = redisStore(connected.client, { prefix: '' })
      server.cli('HSET', 'hash', 's', 'done')
      await expect(store.claim('hash', claim('a'))).rejects.toEqual(coded('ERR_STORE_CORRUPT'))
      await expect(store.finish('hash', done('a'))).rejects.toEqual(coded('ERR_STORE_CORRUPT'))
      expect(server.cli('HGETALL', 'hash')).toBe('s\ndone')
      const json = '["t","",null]'
      for (const text of [
        'x',
        '',
        `gone a 1 1 1 1 ${json}`,
        `done a 1 0 0 1 ${json.slice(0, -1)}`,
        `done a 1 0 0 1 [1,"",null]`,
        `done a 1 0 0 1 [}]`,
        `busy other soon 1 1 1 ${json}`,
      ]) {
        server.cli('SET', 'text', text)
        for (const call of [
          () => store.claim('text', claim('a')),
          () => store.claim('text', claim('a', { rerun: true })),
        ]) {
          await expect(call(), text).rejects.toEqual(coded('ERR_STORE_CORRUPT'))
        }
        expect(server.cli('GET', 'text')).toBe(text)
      }
      for (const call of [
        () => store.finish('text', done('a')),
        () => store.renew('text', claim('a')),
        () => store.reset?.('text'),
      ])
        await expect(call()).rejects.toEqual(coded('ERR_STORE_CORRUPT'))
      server.cli('SET', 'forever', `busy other 1 1000 1000 1 ${json}`)
      await expect(store.claim('forever', claim('a'))).rejects.toEqual(coded('ERR_STORE_CORRUPT'))
    })

    it('says ERR_STORE_UNAVAILABLE at once while the server is away, and works when it is back', async () => {
      const own = await startRedis()
      const there = await connect(own.url)
      const store = redisStore(there.client)
      try {
        await store.claim('k', claim('a'))
        await own.kill()
        const before = performance.now()
        await expect(store.claim('k', claim('b'))).rejects.toEqual(coded('ERR_STORE_UNAVAILABLE'))
        await expect(store.renew('k', claim('a'))).rejects.toEqual(coded('ERR_STORE_UNAVAILABLE'))
        await expect(store.finish('k', done('a'))).rejects.toEqual(coded('ERR_STORE_UNAVAILABLE'))
        await expect(store.check?.()).rejects.toEqual(coded('ERR_STORE_UNAVAILABLE'))
        expect(performance.now() - before).toBeLessThan(1_000)
        await own.restart()
        await vi.waitFor(
          async () => expect(await store.claim('k', claim('c'))).toMatchObject({ status: 'won' }),
          10_000,
        )
      } finally {
        there.close()
        await own.stop()
      }
    })

    it('reports settings that lose records', async () => {
      const store = redisStore(connected.client)
      expect(await store.check?.()).toEqual([])
      server.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
      try {
        expect(await store.check?.()).toEqual([expect.stringMatching(/allkeys-lru.*noeviction/)])
      } finally {
        server.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      }
    })
  })

  describe('whatever the client', () => {
    let client: Redis
    const store = () => redisStore(client, { prefix: '' })
    beforeAll(() => {
      client = new Redis(server.url, { maxRetriesPerRequest: 1 })
    })
    afterAll(() => client.disconnect())
    const text = async (key: string): Promise<string> => (await client.get(key)) ?? ''

    it('calls scripts by the SHA-1 of their text', () => {
      for (const script of Object.values(scripts)) {
        expect(script.sha).toBe(createHash('sha1').update(script.lua).digest('hex'))
      }
    })

    it('keeps the fields that a later version added, through every transition', async () => {
      const s = store()
      await s.claim('k', claim('a'))
      await client.set('k', (await text('k')).replace(/]$/, ',"kept"]'), 'KEEPTTL')
      await s.finish('k', done('a', { to: 'free', progress: 'p' }))
      await s.claim('k', claim('b'))
      await s.renew('k', claim('b'))
      await s.finish('k', done('b'))
      await s.reset?.('k')
      await s.claim('k', claim('c'))
      await s.finish('k', done('c', { to: 'dead' }))
      await s.claim('k', claim('d', { rerun: true }))
      expect(await text('k')).toMatch(/,"kept"]$/)
    })

    it('never lets the fence fall, not even where the clock was set back, and prints it in digits', async () => {
      const s = store()
      await s.claim('k', claim('a'))
      await s.finish('k', done('a', { to: 'free' }))
      await client.set('k', (await text('k')).replace(/\d{16}/, '8000000000000000'), 'KEEPTTL')
      expect(await s.claim('k', claim('b'))).toMatchObject({ status: 'won', fence: 8_000_000_000_000_001 })
      expect(await text('k')).toContain(' 8000000000000001 ')
      expect(await s.claim('k', claim('b'))).toMatchObject({ status: 'won', fence: 8_000_000_000_000_001 })
    })

    it('gives a fence that rises over the loss of the record', async () => {
      const s = store()
      const first = await s.claim('k', claim('a'))
      await client.del('k')
      const second = await s.claim('k', claim('b'))
      expect(first.status === 'won' && second.status === 'won' && second.fence > first.fence).toBe(true)
    })

    it('lets every record end', async () => {
      const s = store()
      const ends = async (): Promise<number> => Math.round((await client.pttl('k')) / 1000)
      await s.claim('k', claim('a', { leaseMs: 500_000.4, retentionMs: 100_000 }))
      expect(await ends()).toBe(500)
      await s.renew('k', { nonce: 'a', leaseMs: 1_000, retentionMs: 600_000 })
      expect(await ends()).toBe(600)
      await s.finish('k', done('a', { retentionMs: 700_000.5 }))
      expect(await ends()).toBe(700)
      await s.reset?.('k')
      expect(await ends()).toBe(700)
      await s.claim('k', claim('b', { leaseMs: 1_000, retentionMs: 800_000 }))
      expect(await ends()).toBe(800)
    })

    it('keeps a record for good where its retention is Infinity', async () => {
      await store().claim('k', claim('a', { retentionMs: Number.POSITIVE_INFINITY }))
      expect(await store().finish('k', done('a', { retentionMs: Number.POSITIVE_INFINITY }))).toBe('ok')
      expect(await client.pttl('k')).toBeGreaterThan(1e15)
      expect(await store().claim('k', claim('b'))).toMatchObject({ status: 'done' })
    })

    it('takes at most 200 bytes a finished record', async () => {
      const key = `hp1:${'k'.repeat(43)}`
      await store().claim(key, claim('n'.repeat(16), { tag: 'evt_1234567890' }))
      await store().finish(key, done('n'.repeat(16)))
      expect(await client.call('MEMORY', 'USAGE', key)).toBeLessThanOrEqual(200)
    })

    it('keeps the records of two prefixes apart', async () => {
      const [one, two] = [redisStore(client, { prefix: 'a:' }), redisStore(client)]
      expect(await one.claim('k', claim('n'))).toMatchObject({ status: 'won' })
      expect(await two.claim('k', claim('m'))).toMatchObject({ status: 'won' })
      expect((await client.keys('*')).sort()).toEqual(['a:k', 'hookproof:k'])
    })

    it('answers to any sequence of calls as the memory store does', async () => {
      let run = 0
      const lease = 3_600_000
      await fc.assert(
        fc.asyncProperty(commands({ leases: [lease], advances: [lease] }), async (sequence) => {
          const prefix = `model:${run++}:`
          let now = 1_000
          const memory = await replay(memoryStore({ now: () => now }), sequence, {
            prefix,
            advance: (ms) => {
              now += ms
            },
          })
          const lapse = async (): Promise<void> => {
            for (const key of ['k1', 'k2'].map((name) => prefix + name)) {
              const lapsed = (await text(key)).replace(/^(busy \S* \d+) \d+/, '$1 0')
              if (lapsed !== '') await client.set(key, lapsed, 'KEEPTTL')
            }
          }
          expect(await replay(store(), sequence, { prefix, advance: lapse })).toEqual(memory)
        }),
        { numRuns: 500 },
      )
    })

    it('says so where CONFIG and INFO are not permitted', async () => {
      server.cli('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '+@all', '-config', '-info')
      server.cli('ACL', 'SETUSER', 'half', 'on', '>secret', '~*', '+@all', '-config')
      const problems = async (username: string): Promise<readonly string[] | undefined> => {
        const limited = new Redis(server.url, { username, password: 'secret', enableReadyCheck: false })
        try {
          return await redisStore(limited).check?.()
        } finally {
          limited.disconnect()
        }
      }
      expect(await problems('app')).toEqual([
        expect.stringContaining('INFO is not permitted'),
        expect.stringContaining('CONFIG is not permitted'),
      ])
      expect(await problems('half')).toEqual([])
    })

    it.each([
      ['scripts', '~*', '-@scripting'],
      ['EVAL', '~*', '-eval'],
      ['GET inside of a script', '~*', '-get'],
      ['the keys of its prefix', '~other:*', '+@all'],
    ])('says so where a user may not use %s, who could claim and never finish', async (_, keys, rule) => {
      server.cli('SCRIPT', 'FLUSH')
      server.cli('ACL', 'SETUSER', 'bound', 'reset', 'on', '>secret', keys, '+@all', rule)
      const limited = new Redis(server.url, { username: 'bound', password: 'secret' })
      try {
        expect(await redisStore(limited).check?.()).toEqual([expect.stringContaining('scripts are not permitted')])
      } finally {
        limited.disconnect()
        server.cli('ACL', 'DELUSER', 'bound')
      }
    })
  })
})

describeRedis('the Redis store and replicas', 'own servers', () => {
  let primary: OwnRedisServer
  let replica: OwnRedisServer
  const open: Redis[] = []
  const connect = (to: OwnRedisServer): Redis => {
    const client = new Redis(to.url, { maxRetriesPerRequest: 1 })
    client.on('error', () => undefined)
    open.push(client)
    return client
  }
  beforeAll(async () => {
    primary = await startRedis('--repl-diskless-sync-delay', '0')
    replica = await startRedis('--replicaof', '127.0.0.1', String(primary.port))
    await vi.waitFor(() => expect(replica.cli('INFO', 'replication')).toContain('master_link_status:up'), 20_000)
    // The replica calls the link up before the primary sends it anything: that begins with an acknowledgement, which the replica repeats
    // once a second only. WAIT would meanwhile count nobody.
    primary.cli('SET', 'stream', 'flows')
    await vi.waitFor(() => expect(replica.cli('GET', 'stream')).toBe('flows'), 20_000)
  })
  afterAll(async () => {
    for (const client of open) client.disconnect()
    await Promise.all([primary.stop(), replica.stop()])
  })

  it('refuse to claim on a replica, and check() says that it is one', async () => {
    const store = redisStore(connect(replica))
    await expect(store.claim('k', claim('a'))).rejects.toEqual(coded('ERR_STORE_UNAVAILABLE', 'READONLY'))
    expect(await store.check?.()).toEqual([expect.stringContaining('replica')])
  })

  it('wait for as many replicas as were asked for, and say ERR_STORE_UNAVAILABLE where they do not confirm', async () => {
    const store = redisStore(connect(primary), { waitReplicas: 1 })
    expect(await store.claim('k', claim('a'))).toMatchObject({ status: 'won' })
    expect(replica.cli('GET', 'hookproof:k')).toMatch(/^busy /)
    expect(await store.finish('k', done('a'))).toBe('ok')
    expect(replica.cli('GET', 'hookproof:k')).toMatch(/^done /)
    const two = redisStore(connect(primary), { waitReplicas: 2 })
    await expect(two.claim('l', claim('a'))).rejects.toEqual(coded('ERR_STORE_UNAVAILABLE', '1 of 2 replicas'))
    expect(await store.claim('l', claim('a')), 'the same nonce, once more').toMatchObject({ status: 'won', attempt: 1 })
    expect(await two.claim('k', claim('b')), 'a duplicate has nothing to wait for').toMatchObject({ status: 'done' })
  })
})

describeRedis('the Redis store on a cluster', 'own servers', () => {
  it.each(clusters)('through %s: check() asks every primary, and waitReplicas is refused', async (_name, connect) => {
    const cluster = await startRedisCluster()
    const { client, close } = await connect(cluster.nodes.map(({ port }) => port))
    try {
      const store = redisStore(client)
      expect(await store.check?.()).toEqual([])
      const policies = ['allkeys-lru', 'volatile-lru', 'volatile-ttl']
      for (const [index, policy] of policies.entries()) {
        cluster.nodes[index]?.cli('CONFIG', 'SET', 'maxmemory-policy', policy)
      }
      const problems = (await store.check?.())?.join('\n')
      for (const policy of policies) expect(problems).toContain(policy)
      for (const node of cluster.nodes) node.cli('SCRIPT', 'FLUSH')
      const claims = Array.from({ length: 50 }, (_, index) => store.claim(`k${index}`, claim('a')))
      expect((await Promise.all(claims)).every(({ status }) => status === 'won')).toBe(true)
      expect(() => redisStore(client, { waitReplicas: 1 })).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
      )
    } finally {
      close()
      await cluster.stop()
    }
  })

  it.each(clusters)(
    'through %s: each key has one winner while its slot moves to another node',
    async (_name, connect) => {
      const cluster = await startRedisCluster()
      const { client, close } = await connect(cluster.nodes.map(({ port }) => port))
      try {
        const store = redisStore(client)
        let moving = true
        const moved = cluster.reshard(1_000).finally(() => {
          moving = false
        })
        let keys = 0
        while (moving) {
          const key = `moving ${keys++}`
          const claims = await Promise.all(['a', 'b', 'c'].map((nonce) => store.claim(key, claim(nonce))))
          expect(claims.map(({ status }) => status).sort()).toEqual(['busy', 'busy', 'won'])
          const winner = ['a', 'b', 'c'][claims.findIndex(({ status }) => status === 'won')] ?? ''
          expect(await store.finish(key, done(winner))).toBe('ok')
        }
        await moved
        expect(keys).toBeGreaterThan(20)
        const again = await Promise.all(
          Array.from({ length: keys }, (_, index) => store.claim(`moving ${index}`, claim('d'))),
        )
        expect(again.every(({ status }) => status === 'done')).toBe(true)
      } finally {
        close()
        await cluster.stop()
      }
    },
  )
})
