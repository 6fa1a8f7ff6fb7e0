import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type PostgresClient, postgresStore, type SqlStore } from '../../src/stores/postgres.js'
import type { ClaimOptions } from '../../src/types.js'
import { FINISHED, finishInOneTurn } from '../support/batch-cases.js'
import { postgresAvailable, startPostgres, type TestPostgres } from '../support/postgres.js'
import { stallingProxy } from '../support/stalling-proxy.js'
import { claim, done, keys, tally } from '../support/store-calls.js'

const shuffled = <T>(list: readonly T[]): T[] => {
  const rest = [...list]
  return list.map(() => rest.splice(Math.floor(Math.random() * rest.length), 1)[0] as T)
}
const statuses = (answers: readonly { readonly status: string }[]) => tally(answers.map(({ status }) => status))
const code = (expected: string) => expect.objectContaining({ name: 'StoreError', code: expected })
const isBatch = (values: readonly unknown[] = []): boolean => values.length === 1 && String(values[0]).startsWith('[{')

describe.runIf(postgresAvailable())('the Postgres store in batches', () => {
  let server: TestPostgres
  let url: string
  let pool: pg.Pool
  /** On the same table, statement by statement. */
  let alone: SqlStore
  const opened: { end(): Promise<unknown> }[] = []
  const poolOf = (options: pg.PoolConfig = {}): pg.Pool => {
    const made = new pg.Pool({ connectionString: url, max: 10, ...options })
    made.on('error', () => undefined)
    opened.push(made)
    return made
  }
  /** A client that shows each statement to `before`, which may answer in place of the server. */
  const watched = (before: (text: string, values: readonly unknown[]) => unknown) => ({
    query: async (text: string, values: never[] = []) =>
      (await before(text, values)) ?? (await pool.query(text, values)),
  })
  let databases = 0

  beforeAll(async () => {
    server = await startPostgres({ own: true })
  })
  beforeEach(async () => {
    url = await server.database(`batches_${databases++}`)
    pool = poolOf()
    alone = postgresStore(pool, { batch: false })
    await alone.migrate()
  })
  afterEach(async () => {
    vi.useRealTimers()
    await Promise.all(opened.splice(0).map((client) => client.end()))
  }, 20_000)
  afterAll(() => server.stop())

  it('refuses a `batch` that is neither true nor false', () => {
    expect(() => postgresStore(pool, { batch: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })

  describe('an event that comes alone', () => {
    it('is asked for with the statements of `batch: false`', async () => {
      const sentBy = async (batch: boolean | undefined) => {
        await pool.query('TRUNCATE hookproof_events')
        const sent: [string, unknown][] = []
        const store = postgresStore(
          watched(
            (text, values) =>
              void sent.push([text, values.filter((value) => Number(value) < 1e12 || typeof value === 'string')]),
          ),
          { batch },
        )
        await store.claim('k', claim('a'))
        await store.claim('k', claim('b'))
        await store.finish('k', done('b'))
        await store.finish('k', done('a'))
        await store.finish('k', done('b', { to: 'free' }))
        await store.claim('k', claim('b'))
        await store.claim('k', claim('b', { rerun: true }))
        await store.finish('other', done('a'))
        return sent
      }
      const single = await sentBy(false)
      expect(single.length).toBe(14)
      expect(await sentBy(undefined)).toEqual(single)
      expect(await sentBy(true)).toEqual(single)
    })
  })

  describe.each<[string, () => PostgresClient]>([
    ['pg', () => poolOf()],
    [
      'postgres.js',
      () => {
        const sql = postgres(url, { onnotice: () => undefined })
        opened.push(sql)
        return sql
      },
    ],
    ['a query function', () => watched(() => undefined)],
  ])('through %s', (_name, connect) => {
    it('lets one of 64 claims of one key in one turn win', async () => {
      const store = postgresStore(connect())
      expect(statuses(await Promise.all(keys(64).map((nonce) => store.claim('same', claim(nonce)))))).toEqual({
        won: 1,
        busy: 63,
      })
    })

    it('answers a new, done, dead, busy, free, lapsed and own record of one turn as it would alone', async () => {
      const answersOf = async (batch: boolean) => {
        await pool.query('TRUNCATE hookproof_events')
        for (const key of ['done', 'dead', 'busy', 'free', 'lapsed', 'mine', 'rerun'])
          await alone.claim(key, claim('a', { tag: `of ${key}`, ...(key === 'lapsed' ? { leaseMs: 1 } : {}) }))
        await alone.finish('done', done('a', { result: 'r' }))
        await alone.finish('dead', done('a', { to: 'dead' }))
        await alone.finish('free', done('a', { to: 'free', progress: 'p' }))
        await alone.finish('rerun', done('a'))
        await pool.query('UPDATE hookproof_events SET fence = 7e15')
        await sleep(5)
        const store = postgresStore(connect(), { batch })
        const asked = ['new', 'done', 'dead', 'busy', 'free', 'lapsed', 'mine', 'rerun']
        const answers = await Promise.all(
          asked.map((key) => store.claim(key, claim(key === 'mine' ? 'a' : 'b', { rerun: key === 'rerun' }))),
        )
        return answers.map((answer, index) => ({ ...answer, ...(index === 0 ? { fence: 0 } : {}), retryAfterMs: 0 }))
      }
      const together = await answersOf(true)
      expect(together.map(({ status }) => status).join(' ')).toBe('won done dead busy won won won won')
      expect(together).toEqual(await answersOf(false))
    })

    it('finishes in one turn what is owned, free and owned by another, each as alone', async () => {
      const result = '\u0001r"\\\ud800\0\u{1f600}'
      const finished = async (batch: boolean) => {
        await pool.query('TRUNCATE hookproof_events')
        return finishInOneTurn(postgresStore(connect(), { batch }), result)
      }
      const together = await finished(true)
      expect(together.answers).toEqual(FINISHED)
      expect(together.after[1]).toMatchObject({ status: 'done', result })
      expect(together.after[2]).toMatchObject({ status: 'won', attempt: 2, progress: 'p q' })
      expect(together).toEqual(await finished(false))
    })

    it.each<[string, string, Partial<ClaimOptions>]>([
      ['a NUL in its key', 'k\0', {}],
      ['a key too long for the index', randomBytes(9000).toString('base64'), {}],
      ['a retention out of range', 'long', { retentionMs: 1e300 }],
      ['a lease that is no whole number', 'half', { leaseMs: 0.5 }],
    ])('refuses the one with %s with its own error, and claims the others', async (_, key, over) => {
      const store = postgresStore(connect())
      const own = await Promise.resolve(alone.claim(key, claim('a', over))).catch((error: Error) => error.message)
      const others = Promise.all(keys(20).map((other) => store.claim(other, claim('a'))))
      await expect(store.claim(key, claim('a', over))).rejects.toThrow(
        expect.objectContaining({ code: 'ERR_STORE_UNAVAILABLE', message: own }),
      )
      expect(statuses(await others)).toEqual({ won: 20 })
    })

    it('refuses the one finish that the database refuses, and writes the others', async () => {
      const store = postgresStore(connect())
      await Promise.all(keys(20).map((key) => store.claim(key, claim('a'))))
      const finishes = await Promise.allSettled(
        keys(20).map((key) => store.finish(key, done('a', key === 'k7' ? { retentionMs: 1e300 } : {}))),
      )
      expect(statuses(finishes)).toEqual({ fulfilled: 19, rejected: 1 })
      expect(finishes[7]).toMatchObject({ reason: code('ERR_STORE_UNAVAILABLE') })
      const after = await Promise.all(keys(20).map((key) => store.claim(key, claim('b'))))
      expect(statuses(after)).toEqual({ done: 19, busy: 1 })
    })
  })

  it('claims and finishes 64 events of one turn with one statement each, and one by one where it is told so', async () => {
    const sentBy = async (batch: boolean | undefined): Promise<number[]> => {
      await pool.query('TRUNCATE hookproof_events')
      let sent = 0
      const store = postgresStore(
        watched(() => void sent++),
        { batch },
      )
      expect(statuses(await Promise.all(keys(64).map((key) => store.claim(key, claim(key)))))).toEqual({ won: 64 })
      const claims = sent
      expect(tally(await Promise.all(keys(64).map((key) => store.finish(key, done(key)))))).toEqual({ ok: 64 })
      return [claims, sent - claims]
    }
    expect(await sentBy(undefined)).toEqual([1, 1])
    expect(await sentBy(false)).toEqual([64, 64])
  })

  it('gathers what comes in later turns while four statements are under way', async () => {
    const sizes: number[] = []
    const store = postgresStore(
      watched((_, values) => {
        sizes.push(isBatch(values) ? JSON.parse(String(values[0])).length : 1)
        return sleep(10)
      }),
    )
    const claims: unknown[] = []
    for (const key of keys(12)) {
      claims.push(store.claim(key, claim('a')))
      await new Promise(setImmediate)
    }
    await Promise.all(claims)
    expect(sizes).toEqual([1, 1, 1, 1, 8])
  })

  it('sends more than 100 of one turn in several statements', async () => {
    const sizes: number[] = []
    const store = postgresStore(watched((_, values) => void sizes.push(JSON.parse(String(values[0])).length)))
    expect(statuses(await Promise.all(keys(730).map((key) => store.claim(key, claim('a')))))).toEqual({ won: 730 })
    expect(sizes).toEqual([100, 100, 100, 100, 100, 100, 100, 30])
  })

  it('asks each by itself where the server has no room for the locks of all', async () => {
    const store = postgresStore(poolOf({ max: 4 }))
    await Promise.all(keys(4).map((key) => store.claim(`warm ${key}`, claim('a'))))
    const filler = await pool.connect()
    try {
      const all = filler.query('SELECT pg_advisory_lock(n) FROM generate_series(1, 100000) AS n')
      await expect(all).rejects.toThrow(expect.objectContaining({ code: '53200' }))
      await filler.query('SELECT pg_advisory_unlock(n) FROM generate_series(1, 40) AS n')
      const claims = await Promise.all(keys(90).map((key) => store.claim(key, claim('a'))))
      expect(statuses(claims)).toEqual({ won: 90 })
    } finally {
      filler.release(true)
    }
  })

  it('wins nothing that an answer does not name', async () => {
    const store = postgresStore(
      watched((_, values) => (isBatch(values) ? { rows: [{ key: 'k1' }], rowCount: 20 } : undefined)),
    )
    await Promise.all(keys(10).map((key) => (key === 'k1' ? undefined : alone.claim(key, claim('other')))))
    const claims = await Promise.all(keys(20).map((key) => store.claim(key, claim('a'))))
    expect(claims.slice(0, 10).map(({ status }) => status)).toEqual(
      keys(10).map((key) => (key === 'k1' ? 'won' : 'busy')),
    )
    const { rows } = await pool.query("SELECT key FROM hookproof_events WHERE nonce = 'a'")
    expect(rows).toHaveLength(10) // the others were claimed by themselves
    const finishes = await Promise.all(keys(20).map((key) => store.finish(key, done('a'))))
    expect(finishes.slice(2, 10)).toEqual(Array(8).fill('lost'))
    expect(finishes.slice(10)).toEqual(Array(10).fill('ok'))
  })

  describe('beside others', () => {
    it('three pools that claim the same 100 keys in any order win each once, without deadlocks', async () => {
      const stores = [0, 1, 2].map(() => postgresStore(poolOf({ max: 4 })))
      for (let round = 0; round < 25; round++) {
        const answers = await Promise.all(
          stores.flatMap((store, index) =>
            shuffled(keys(100)).map((key) => store.claim(`${round} ${key}`, claim(`${index}`))),
          ),
        )
        expect(statuses(answers)).toEqual({ won: 100, busy: 200 })
      }
      expect(await deadlocks()).toBe(0)
    })

    it('three pools that finish the same 100 keys in any order are told ok, without deadlocks', async () => {
      const stores = [0, 1, 2].map(() => postgresStore(poolOf({ max: 4 })))
      for (let round = 0; round < 25; round++) {
        await Promise.all(keys(100).map((key) => stores[0]!.claim(`${round} ${key}`, claim('a'))))
        const answers = await Promise.all(
          stores.flatMap((store) => shuffled(keys(100)).map((key) => store.finish(`${round} ${key}`, done('a')))),
        )
        expect(tally(answers)).toEqual({ ok: 300 })
      }
      expect(await deadlocks()).toBe(0)
    })

    it('a row that a foreign transaction has locked fails its own finish within a second and holds up no other', async () => {
      const store = postgresStore(poolOf())
      await Promise.all(keys(20).map((key) => store.claim(key, claim('a'))))
      const holder = await pool.connect()
      await holder.query("BEGIN; SELECT FROM hookproof_events WHERE key = 'k7' FOR UPDATE")
      const before = performance.now()
      const waiting = store.finish('k7', done('a'))
      const others = keys(20)
        .filter((key) => key !== 'k7')
        .map((key) => store.finish(key, done('a')))
      expect(tally(await Promise.all(others))).toEqual({ ok: 19 })
      expect(performance.now() - before).toBeLessThan(500)
      await expect(waiting).rejects.toThrow(code('ERR_STORE_TIMEOUT'))
      expect(performance.now() - before).toBeLessThan(1500)
      await holder.query('ROLLBACK')
      holder.release()
    })

    it('finds its rows by their keys, also in a table that the planner takes for small', async () => {
      const plans: string[] = []
      const store = postgresStore(
        watched(async (text, values) => {
          if (!isBatch(values)) return
          const { rows } = await pool.query(`EXPLAIN ${text}`, [...values])
          plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
        }),
      )
      await Promise.all(keys(5).map((key) => store.claim(key, claim('a'))))
      await Promise.all(keys(5).map((key) => store.finish(key, done('a'))))
      expect(plans).toHaveLength(2)
      expect(plans[1]).toMatch(/Index Scan using hookproof_events_pkey/)
      expect(plans[1]).not.toMatch(/Hash|Merge|Seq Scan|Bitmap/)
    })

    const deadlocks = async (): Promise<number> => {
      await sleep(1100) // the figures of a connection come a second late
      return Number(
        (await pool.query('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')).rows[0]
          .deadlocks,
      )
    }
  })

  describe('in trouble', () => {
    it('rejects all of a batch that cannot be sent', async () => {
      const nowhere = postgresStore(poolOf({ connectionString: 'postgres://hookproof@127.0.0.1:1/none' }))
      const claims = await Promise.allSettled(keys(5).map((key) => nowhere.claim(key, claim('a'))))
      for (const one of claims) expect(one).toMatchObject({ reason: code('ERR_STORE_UNAVAILABLE') })
    })

    it('rejects all of a batch whose connection breaks, once, and the same nonces win afterwards', async () => {
      let sent = 0
      const broken = postgresStore(
        watched(() => {
          sent++
          throw Object.assign(new Error('terminating connection'), { code: '57P01', severity: 'FATAL' })
        }),
      )
      const claims = await Promise.allSettled(keys(5).map((key) => broken.claim(key, claim('a'))))
      for (const one of claims) expect(one).toMatchObject({ reason: code('ERR_STORE_UNAVAILABLE') })
      expect(sent).toBe(1)
      const store = postgresStore(pool)
      expect(statuses(await Promise.all(keys(5).map((key) => store.claim(key, claim('a')))))).toEqual({ won: 5 })
    })

    it('refuses each within a second while nothing passes, and goes on at once when it does', async () => {
      const address = new URL(url)
      const proxy = await stallingProxy(address.hostname, Number(address.port))
      address.port = String(proxy.port)
      const store = postgresStore(poolOf({ connectionString: address.href, max: 4 }))
      const burst = (name: string) =>
        Promise.allSettled(keys(30).map((key) => store.claim(`${name} ${key}`, claim('a'))))
      expect(statuses(await burst('before'))).toEqual({ fulfilled: 30 })
      proxy.stall()
      const before = performance.now()
      const stalled = [burst('first')]
      for (let later = 0; later < 3; later++) {
        await sleep(50)
        stalled.push(burst(`later ${later}`))
      }
      for (const one of (await Promise.all(stalled)).flat())
        expect(one).toMatchObject({ reason: code('ERR_STORE_TIMEOUT') })
      expect(performance.now() - before).toBeLessThan(1800)
      proxy.resume()
      const resumed = performance.now()
      expect(statuses(await burst('after'))).toEqual({ fulfilled: 30 })
      expect(performance.now() - resumed).toBeLessThan(500)
      await proxy.close()
    })

    it('waits a moment, and no longer, for statements that hang', async () => {
      let hanging = 0
      const store = postgresStore(watched(() => (hanging++ < 8 ? new Promise(() => undefined) : undefined)))
      const hung: Promise<unknown>[] = []
      for (const key of keys(8)) {
        hung.push(Promise.resolve(store.claim(key, claim('a'))).catch((error: unknown) => error))
        await sleep(30)
      }
      const before = performance.now()
      expect(statuses(await Promise.all(['x', 'y', 'z'].map((key) => store.claim(key, claim('a')))))).toEqual({
        won: 3,
      })
      expect(performance.now() - before).toBeLessThan(300)
      expect(await Promise.all(hung)).toEqual(Array(8).fill(code('ERR_STORE_TIMEOUT')))
    })

    it('goes on for the others when one has given up, and is given up with the last', async () => {
      const small = poolOf({ max: 1 })
      const store = postgresStore(small)
      const holder = await pool.connect()
      await holder.query("BEGIN; INSERT INTO hookproof_events (key, expires_at) VALUES ('k0', 9e15)")
      const [first, ...rest] = [50, 5000, 5000, 5000].map((ms) => AbortSignal.timeout(ms))
      const gone = store.claim('k0', claim('a', { signal: first }))
      const others = rest.map((signal, index) => store.claim(`other ${index}`, claim('a', { signal })))
      await expect(gone).rejects.toThrow(code('ERR_STORE_TIMEOUT'))
      await holder.query('ROLLBACK')
      expect(statuses(await Promise.all(others))).toEqual({ won: 3 })

      await holder.query("BEGIN; INSERT INTO hookproof_events (key, expires_at) VALUES ('k1', 9e15)")
      const before = performance.now()
      const claims = await Promise.allSettled(
        [100, 200, 300].map((ms, index) =>
          store.claim(`k${index + 1}`, claim('a', { signal: AbortSignal.timeout(ms) })),
        ),
      )
      for (const one of claims) expect(one).toMatchObject({ reason: code('ERR_STORE_TIMEOUT') })
      await small.query('SELECT 1') // on a new connection: the other one still waits
      expect(performance.now() - before).toBeLessThan(800)
      await holder.query('ROLLBACK')
      holder.release()
    })

    it('does not ask any more for who has given up while it waited', async () => {
      const sent: unknown[] = []
      const store = postgresStore(
        watched((_, values) => {
          sent.push(values)
          return sleep(15)
        }),
      )
      const earlier: unknown[] = []
      for (const key of keys(4)) {
        earlier.push(store.claim(key, claim('a')))
        await new Promise(setImmediate)
      }
      const controller = new AbortController()
      const gone = store.claim('gone', claim('a', { signal: controller.signal }))
      const stays = store.claim('stays', claim('a'))
      controller.abort()
      await expect(gone).rejects.toThrow(code('ERR_STORE_TIMEOUT'))
      expect(await stays).toMatchObject({ status: 'won' })
      await Promise.all(earlier)
      expect(JSON.stringify(sent)).toContain('stays')
      expect(JSON.stringify(sent)).not.toContain('gone')
    })

    it('is sent in a test that has replaced the timers as well, also behind statements that hang', async () => {
      vi.useFakeTimers()
      let sent = 0
      const store = postgresStore(watched(() => (++sent <= 4 ? new Promise(() => undefined) : undefined)))
      for (const key of keys(4)) {
        void store.claim(`hangs ${key}`, claim('a'))
        await sleep(2)
      }
      expect(sent).toBe(4)
      expect(statuses(await Promise.all(keys(20).map((key) => store.claim(key, claim('a')))))).toEqual({ won: 20 })
    })
  })

  it.each(['repeatable\\ read', 'serializable'])(
    'claims and finishes the same keys from two pools in %s',
    async (level) => {
      const stores = [0, 1].map(() => postgresStore(poolOf({ options: `-c default_transaction_isolation=${level}` })))
      const long = () => AbortSignal.timeout(10_000)
      for (let round = 0; round < 5; round++) {
        const claims = await Promise.all(
          stores.flatMap((store, index) =>
            shuffled(keys(40)).map((key) => store.claim(`${round} ${key}`, claim(`${index}`, { signal: long() }))),
          ),
        )
        expect(statuses(claims)).toEqual({ won: 40, busy: 40 })
        const finishes = await Promise.all(
          stores.flatMap((store, index) =>
            shuffled(keys(40)).map((key) => store.finish(`${round} ${key}`, done(`${index}`, { signal: long() }))),
          ),
        )
        expect(tally(finishes)).toEqual({ ok: 40, lost: 40 })
      }
    },
  )
})
