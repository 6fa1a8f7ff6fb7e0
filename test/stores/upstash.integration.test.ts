import { inspect } from 'node:util'
import { Redis } from '@upstash/redis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type UpstashLike, type UpstashStoreOptions, upstashStore } from '../../src/stores/upstash.js'
import { storeContract } from '../../src/testing/store-contract.js'
import type { Store } from '../../src/types.js'
import { describeRedis, type OwnRedisServer, startRedis } from '../support/redis.js'
import { startUpstashShim, type UpstashShim } from '../support/upstash-shim.js'

const token = 'secret-token-of-the-rest-api'
const quick = { nonce: 'n', leaseMs: 60_000, retentionMs: 60_000, tag: 'tag' }

describeRedis('the Upstash store', 'own servers', () => {
  let server: OwnRedisServer
  let shim: UpstashShim
  beforeAll(async () => {
    server = await startRedis()
    shim = await startUpstashShim(server.url, token)
  })
  afterAll(async () => {
    await shim.stop()
    await server.stop()
  })
  afterEach(() => {
    shim.override = undefined
  })

  const ways: readonly (readonly [name: string, make: () => Store])[] = [
    ['fetch', () => upstashStore({ url: shim.url, token, prefix: 'rest:' })],
    [
      'the client as it comes: parsed replies, automatic pipelines',
      () => upstashStore(new Redis({ url: shim.url, token, retry: false }), { prefix: 'client:' }),
    ],
    [
      'the client without parsing and pipelines',
      () => {
        const plain = { automaticDeserialization: false, enableAutoPipelining: false, responseEncoding: false } as const
        return upstashStore(new Redis({ url: shim.url, token, retry: false, ...plain }))
      },
    ],
  ]

  describe.each(ways)('through %s', (_name, make) => {
    let store: Store
    beforeAll(() => {
      store = make()
    })
    for (const { title, run } of storeContract(() => store)) it.concurrent(title, run)
  })

  describe.each(ways)('through %s', (_name, make) => {
    it('sends one request a claim, and is not disturbed by SCRIPT FLUSH', async () => {
      const store = make()
      await store.claim('warm', quick)
      const before = shim.requests.length
      await store.claim('one', quick)
      expect(shim.requests.length - before).toBe(1)
      server.cli('SCRIPT', 'FLUSH')
      expect(await store.claim('two', quick)).toMatchObject({ status: 'won' })
      expect(shim.requests.length - before).toBe(3)
    })

    it('says ERR_STORE_FULL where the database is full, and ERR_STORE_CORRUPT where the record is none', async () => {
      const store = make()
      server.cli('CONFIG', 'SET', 'maxmemory', '1')
      await expect(store.claim('full', quick)).rejects.toMatchObject({ code: 'ERR_STORE_FULL' })
      server.cli('CONFIG', 'SET', 'maxmemory', '0')
      for (const prefix of ['rest:', 'client:', 'hookproof:']) server.cli('SET', `${prefix}text`, 'x')
      await expect(store.claim('text', quick)).rejects.toMatchObject({ code: 'ERR_STORE_CORRUPT' })
    })

    it.each([
      ['an error page', 502, '<html>Bad Gateway</html>'],
      ['an error without text', 500, '{}'],
      ['a limit', 429, '{"error":"ERR max requests limit exceeded"}'],
      ['nothing', 200, ''],
      ['something else', 200, '{"ok":true}'],
      ['a null', 200, 'null'],
      ['a redirection', 302, ''],
    ])('is in error, never a winner, where it is answered %s', async (_what, status, body) => {
      const store = make()
      shim.override = (respond) => respond(status, { location: 'http://127.0.0.1:1/' }, body)
      await expect(store.claim('k', quick)).rejects.toMatchObject({ name: 'StoreError', status: 503 })
    })

    it('tells by check() what it finds', async () => {
      const store = make()
      expect(await store.check?.()).toEqual([])
      server.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
      expect(await store.check?.()).toEqual([expect.stringContaining('allkeys-lru')])
      server.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    })
  })

  it('is refused with a wrong token, which no error shows', async () => {
    const wrong = 'another-token-of-the-rest-api'
    for (const store of [
      upstashStore({ url: shim.url, token: wrong }),
      upstashStore(new Redis({ url: shim.url, token: wrong, retry: false })),
    ]) {
      const error = await Promise.resolve(store.claim('k', quick)).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
      expect(inspect(error, { depth: 9 })).not.toContain(wrong)
      expect(inspect(store, { depth: 9, showHidden: true })).not.toContain(wrong)
    }
  })

  it('cannot reach an address where nobody listens: ERR_STORE_UNAVAILABLE', async () => {
    const store = upstashStore({ url: 'http://127.0.0.1:1', token })
    await expect(store.claim('k', quick)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
  })

  it('ends a request when its signal is aborted', async () => {
    const store = upstashStore({ url: shim.url, token })
    const abort = new AbortController()
    shim.override = () => abort.abort()
    await expect(store.claim('k', { ...quick, signal: abort.signal })).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      cause: { name: 'AbortError' },
    })
  })
})

describe('upstashStore refuses', () => {
  it.each([
    [undefined, 'ERR_OPTION_INVALID'],
    [{}, 'ERR_OPTION_INVALID'],
    [{ url: 'redis://x', token }, 'ERR_OPTION_INVALID'],
    [{ url: 'https://x', token: '' }, 'ERR_OPTION_INVALID'],
    [{ url: 'https://x', token: 'two words' }, 'ERR_OPTION_INVALID'],
    [{ url: 'https://x', token, fetch: 1 }, 'ERR_OPTION_INVALID'],
    [{ url: 'https://x', token, prefix: 1 }, 'ERR_OPTION_INVALID'],
    [{ url: 'https://x', tokn: token }, 'ERR_OPTION_UNKNOWN'],
  ])('the options of row %#', (options, code) => {
    expect(() => upstashStore(options as UpstashStoreOptions)).toThrow(expect.objectContaining({ code }))
  })

  it('a second argument that is not understood', () => {
    const client: UpstashLike = { evalsha: async () => 1, eval: async () => 1 }
    expect(() => upstashStore(client, { prefx: 'a' } as object)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_UNKNOWN' }),
    )
  })
})
