// node workers/redis.mjs <url> <client> <concurrency> <total> <rounds>: claims a second, ours and the client's own bare commands in turn.
import { randomUUID } from 'node:crypto'
import { redisStore } from 'hookproof/stores/redis'
import { inTurn } from '../lib/rate.mjs'

const [url, client, concurrency, total, rounds] = process.argv.slice(2)
// Written out, as the receiver does: on Node 20 a spread costs 2 µs, which is the harness's and not the store's.
const claimBy = (nonce) => ({ nonce, leaseMs: 30_000, retentionMs: 86_400_000, tag: '', rerun: false })
const doneBy = (nonce) => ({ nonce, to: 'done', progress: '', result: undefined, retentionMs: 86_400_000 })

const clients = {
  async ioredis() {
    const { Redis } = await import('ioredis')
    const redis = new Redis(url)
    return {
      redis,
      set: (key) => redis.set(key, '1', 'PX', 30_000, 'NX'),
      done: (key) => redis.set(key, '2', 'PX', 86_400_000, 'XX'),
      close: () => redis.quit(),
    }
  },
  async redis() {
    const { createClient } = await import('redis')
    const redis = await createClient({ url }).connect()
    return {
      redis,
      set: (key) => redis.set(key, '1', { expiration: { type: 'PX', value: 30_000 }, condition: 'NX' }),
      done: (key) => redis.set(key, '2', { expiration: { type: 'PX', value: 86_400_000 }, condition: 'XX' }),
      close: () => redis.close(),
    }
  },
}

const { redis, set, done, close } = await clients[client]()
const store = redisStore(redis, { prefix: 'hp1:' })
const won = async (key, nonce) => {
  if ((await store.claim(key, claimBy(nonce))).status !== 'won') throw new Error('not won')
}
const cases = {
  claim: () => won(randomUUID(), randomUUID()),
  set: async () => {
    if ((await set(randomUUID())) !== 'OK') throw new Error('not set')
  },
  claimAndFinish: async () => {
    const [key, nonce] = [randomUUID(), randomUUID()]
    await won(key, nonce)
    if ((await store.finish(key, doneBy(nonce))) !== 'ok') throw new Error('not finished')
  },
  twoSets: async () => {
    const key = randomUUID()
    await set(key)
    if ((await done(key)) !== 'OK') throw new Error('not set')
  },
}
const rates = await inTurn(cases, { concurrency: Number(concurrency), total: Number(total), rounds: Number(rounds) })
await close()
process.send(rates)
