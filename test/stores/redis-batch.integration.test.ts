import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { redisStore } from '../../src/stores/redis.js'
import type { Store } from '../../src/types.js'
import { FINISHED, finishInOneTurn } from '../support/batch-cases.js'
import { describeRedis, type OwnRedisServer, startRedis } from '../support/redis.js'
import { type Connected, clients } from '../support/redis-clients.js'
import { claim, done, keys, tally } from '../support/store-calls.js'

/** What the server counts that clients sent: what a script calls is in the figures of SET and GET as well. */
const scriptCalls = (server: OwnRedisServer): number =>
  Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(server.cli('INFO', 'commandstats'))?.[1] ?? 0)
const refusedScripts = (server: OwnRedisServer): number =>
  Number(/^cmdstat_evalsha:.*rejected_calls=(\d+)/m.exec(server.cli('INFO', 'commandstats'))?.[1] ?? 0)
/** The first who come together only find out that there is one server. */
const acquainted = async (store: Store): Promise<void> => {
  await Promise.all(['x', 'y'].map((key) => store.claim(`first ${key}`, claim('a'))))
  await sleep(50)
}

let server: OwnRedisServer

describeRedis('the Redis store in batches', 'own servers', () => {
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

    it('claims and finishes 64 events of one turn with a few commands, and each by itself where it is told so', async () => {
      const commandsOf = async (batch: boolean): Promise<number> => {
        server.cli('FLUSHALL')
        const store = redisStore(connected.client, { batch })
        await acquainted(store)
        server.cli('CONFIG', 'RESETSTAT')
        const claimed = await Promise.all(keys(64).map((key) => store.claim(key, claim(`of-${key}`))))
        expect(tally(claimed.map(({ status }) => status))).toEqual({ won: 64 })
        const finished = await Promise.all(keys(64).map((key) => store.finish(key, done(`of-${key}`, { result: key }))))
        expect(tally(finished)).toEqual({ ok: 64 })
        const evalsha = scriptCalls(server)
        const again = await Promise.all(keys(64).map((key) => store.claim(key, claim('late'))))
        expect(again).toEqual(keys(64).map((key) => ({ status: 'done', result: key, tag: 'tag' })))
        return evalsha
      }
      expect(await commandsOf(true)).toBe(12)
      expect(await commandsOf(false)).toBe(64) // the claims are bare, the finishes are scripts
    })

    it('lets one of 64 claims of one key in one turn win', async () => {
      const store = redisStore(connected.client)
      await acquainted(store)
      const claimed = await Promise.all(keys(64).map((nonce) => store.claim('same', claim(nonce))))
      expect(tally(claimed.map(({ status }) => status))).toEqual({ won: 1, busy: 63 })
    })

    it('answers a new, done, dead, busy, free, lapsed and own record of one turn as it would alone', async () => {
      const prepared = async (batch: boolean) => {
        server.cli('FLUSHALL')
        const alone = redisStore(connected.client, { batch: false })
        for (const key of ['done', 'dead', 'busy', 'free', 'lapsed', 'mine', 'rerun'])
          await alone.claim(key, claim('a', key === 'lapsed' ? { leaseMs: 1 } : {}))
        await alone.finish('done', done('a', { result: 'r' }))
        await alone.finish('dead', done('a', { to: 'dead' }))
        await alone.finish('free', done('a', { to: 'free', progress: 'p' }))
        await alone.finish('rerun', done('a'))
        await sleep(5)
        const store = redisStore(connected.client, { batch })
        await acquainted(store)
        const asked = ['new', 'done', 'dead', 'busy', 'free', 'lapsed', 'mine', 'rerun']
        const answers = await Promise.all(
          asked.map((key) =>
            store.claim(key, claim(key === 'mine' ? 'a' : 'b', key === 'rerun' ? { rerun: true } : {})),
          ),
        )
        return answers.map((answer) => ({ ...answer, fence: 0, retryAfterMs: 0 }))
      }
      const together = await prepared(true)
      expect(together.map(({ status }) => status).join(' ')).toBe('won done dead busy won won won won')
      expect(together).toEqual(await prepared(false))
    })

    it('finishes in one turn what is owned, free and owned by another, each as alone', async () => {
      const finished = async (batch: boolean) => {
        server.cli('FLUSHALL')
        const store = redisStore(connected.client, { batch })
        await acquainted(store)
        return finishInOneTurn(store, '=r\u{1f600}')
      }
      const together = await finished(true)
      expect(together.answers).toEqual(FINISHED)
      expect(together.after[1]).toMatchObject({ status: 'done', result: '=r\u{1f600}' })
      expect(together.after[2]).toMatchObject({ status: 'won', attempt: 2, progress: 'p q' })
      expect(together).toEqual(await finished(false))
    })

    it('refuses the one key that holds something else, with its own code, and claims and finishes the others', async () => {
      const store = redisStore(connected.client, { prefix: '' })
      await acquainted(store)
      server.cli('HSET', 'k7', 'a', 'b')
      const claimed = await Promise.allSettled(keys(20).map((key) => store.claim(key, claim('a'))))
      expect(tally(claimed.map(({ status }) => status))).toEqual({ fulfilled: 19, rejected: 1 })
      expect(claimed[7]).toMatchObject({ reason: { name: 'StoreError', code: 'ERR_STORE_CORRUPT' } })
      const finished = await Promise.allSettled(keys(20).map((key) => store.finish(key, done('a'))))
      expect(tally(finished.map(({ status }) => status))).toEqual({ fulfilled: 19, rejected: 1 })
      expect(finished[7]).toMatchObject({ reason: { name: 'StoreError', code: 'ERR_STORE_CORRUPT' } })
    })

    it('is told ERR_STORE_FULL for each of a full server, and goes on when there is room', async () => {
      const store = redisStore(connected.client)
      await acquainted(store)
      server.cli('CONFIG', 'SET', 'maxmemory', '1')
      try {
        const claimed = await Promise.allSettled(keys(5).map((key) => store.claim(key, claim('a'))))
        for (const one of claimed) expect(one).toMatchObject({ reason: { code: 'ERR_STORE_FULL' } })
      } finally {
        server.cli('CONFIG', 'SET', 'maxmemory', '0')
      }
      const claimed = await Promise.all(keys(5).map((key) => store.claim(key, claim('b'))))
      expect(tally(claimed.map(({ status }) => status))).toEqual({ won: 5 })
    })

    it('sends the scripts again after SCRIPT FLUSH', async () => {
      const store = redisStore(connected.client)
      await acquainted(store)
      server.cli('SCRIPT', 'FLUSH')
      const claimed = await Promise.all(keys(5).map((key) => store.claim(key, claim('a'))))
      expect(tally(claimed.map(({ status }) => status))).toEqual({ won: 5 })
      server.cli('SCRIPT', 'FLUSH')
      expect(await Promise.all(keys(5).map((key) => store.finish(key, done('a'))))).toEqual(Array(5).fill('ok'))
    })

    it('rejects all of a batch whose server is away, and the same nonces win when it is back', async () => {
      const store = redisStore(connected.client)
      await acquainted(store)
      await server.kill()
      const claimed = await Promise.allSettled(keys(5).map((key) => store.claim(key, claim('a'))))
      for (const one of claimed) expect(one).toMatchObject({ reason: { code: 'ERR_STORE_UNAVAILABLE' } })
      await server.restart()
      const back = await connect(server.url)
      const again = redisStore(back.client)
      const won = await Promise.all(keys(5).map((key) => again.claim(key, claim('a'))))
      await back.close()
      expect(tally(won.map(({ status }) => status))).toEqual({ won: 5 })
    })
  })

  it('asks one by one, from then on, where a plain client talks to a cluster', async () => {
    const node = await startRedis('--cluster-enabled', 'yes')
    const client = new Redis(node.url)
    try {
      node.cli('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
      while (!node.cli('CLUSTER', 'INFO').includes('cluster_state:ok')) await sleep(20)
      const store = redisStore(client)
      await acquainted(store)
      for (const round of ['a', 'b']) {
        const claimed = await Promise.all(keys(8).map((key) => store.claim(round + key, claim('a'))))
        expect(tally(claimed.map(({ status }) => status))).toEqual({ won: 8 })
      }
      expect(refusedScripts(node)).toBe(1)
      expect(await Promise.all(keys(8).map((key) => store.finish(`a${key}`, done('a'))))).toEqual(Array(8).fill('ok'))
    } finally {
      client.disconnect()
      await node.stop()
    }
  })

  it('asks one by one where a proxy spreads keys over two servers, and finds each record again', async () => {
    const other = await startRedis()
    const [one, two] = [new Redis(server.url), new Redis(other.url)]
    /** Sends a script to where its first key belongs, as such proxies do. */
    const placeOf = (key: string): Redis => (createHash('sha1').update(key).digest()[0]! % 2 === 0 ? one : two)
    let several = 0
    const proxy = {
      call: (name: string, key: string, ...rest: string[]) => placeOf(key).call(name, key, ...rest),
      eval: (lua: string, count: number, key: string, ...rest: string[]) => placeOf(key).eval(lua, count, key, ...rest),
      evalsha: (sha: string, count: number, key: string, ...rest: string[]) => {
        if (count > 1) several++
        return placeOf(key).evalsha(sha, count, key, ...rest)
      },
    }
    try {
      const store = redisStore(proxy)
      await acquainted(store)
      for (const nonce of ['a', 'b']) {
        const claimed = await Promise.all(keys(64).map((key) => store.claim(key, claim(nonce))))
        expect(tally(claimed.map(({ status }) => status))).toEqual(nonce === 'a' ? { won: 64 } : { busy: 64 })
      }
      expect(several).toBe(0)
    } finally {
      one.disconnect()
      two.disconnect()
      await other.stop()
    }
  })

  it('asks one by one where the user may not ask who the server is', async () => {
    server.cli('ACL', 'SETUSER', 'few', 'on', '>pass', '~*', '+@all', '-info')
    const client = new Redis(server.url, { username: 'few', password: 'pass', enableReadyCheck: false })
    try {
      const store = redisStore(client)
      for (let round = 0; round < 5; round++) await acquainted(store)
      const claimed = await Promise.all(keys(8).map((key) => store.claim(key, claim('a'))))
      expect(tally(claimed.map(({ status }) => status))).toEqual({ won: 8 })
    } finally {
      client.disconnect()
      server.cli('ACL', 'DELUSER', 'few')
    }
  })
})
