import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type PostgresClient, postgresSchema, postgresStore, type SqlStore } from '../../src/stores/postgres.js'
import { cuttingProxy } from '../support/cutting-proxy.js'
import { postgresAvailable, startPostgres, type TestPostgres } from '../support/postgres.js'
import { command } from '../support/service.js'

const claim = { nonce: 'n', leaseMs: 60_000, retentionMs: 60_000, tag: 'tag' }
const other = { ...claim, nonce: 'other' }
const run = { tag: 'tag', retentionMs: 60_000, maxRunMs: 5000, signal: new AbortController().signal }
const done = { ...claim, to: 'done', progress: '' } as const
const code = (expected: string) => expect.objectContaining({ code: expected })

describe.runIf(postgresAvailable())('the Postgres store in trouble', () => {
  let server: TestPostgres
  let url: string
  let pool: pg.Pool
  let store: SqlStore
  const opened: { end(): Promise<unknown> }[] = []
  const poolOf = (options: pg.PoolConfig = {}): pg.Pool => {
    const made = new pg.Pool({ connectionString: url, max: 10, ...options })
    made.on('error', () => undefined)
    opened.push(made)
    return made
  }
  let databases = 0

  beforeAll(async () => {
    server = await startPostgres({ own: true })
  })
  beforeEach(async () => {
    url = await server.database(`faults_${databases++}`)
    pool = poolOf()
    store = postgresStore(pool)
    await store.migrate()
    await pool.query('CREATE TABLE effects (key text)')
  })
  afterEach(async () => {
    vi.useRealTimers()
    await Promise.all(opened.splice(0).map((client) => client.end()))
  }, 20_000)
  afterAll(() => server.stop())

  const effects = async (key: string): Promise<number> =>
    (await pool.query('SELECT FROM effects WHERE key = $1', [key])).rowCount ?? 0
  const write = (transaction: pg.PoolClient, key: string) => transaction.query('INSERT INTO effects VALUES ($1)', [key])

  describe('options of postgresStore', () => {
    it.each<[string, () => unknown, string]>([
      ['nothing', () => postgresStore(undefined as unknown as PostgresClient), 'ERR_OPTION_INVALID'],
      ['a connection string', () => postgresStore(url as unknown as PostgresClient), 'ERR_OPTION_INVALID'],
      ['a schema that needs quotes', () => postgresStore(pool, { schema: 'a"b' }), 'ERR_OPTION_INVALID'],
      ['a misspelt option', () => postgresStore(pool, { tabel: 'x' } as object), 'ERR_OPTION_UNKNOWN'],
      [
        'transactions on one connection',
        () => postgresStore(new pg.Client(url), { transaction: true }),
        'ERR_OPTION_INVALID',
      ],
    ])('%s is refused', (_, make, expected) => {
      expect(make).toThrow(code(expected))
    })

    it('has transaction() only where it was asked for', () => {
      expect('transaction' in store).toBe(false)
      expect(postgresStore(pool, { transaction: true }).transaction).toBeTypeOf('function')
    })
  })

  it('a won claim is one statement, a lost one two, renew and finish one each', async () => {
    const sent: string[] = []
    const counting = postgresStore({
      query: (text: string, values?: never) => {
        sent.push(text.split(' ')[0] ?? '')
        return pool.query(text, values)
      },
    })
    await counting.claim('k', claim)
    expect(sent.splice(0)).toEqual(['INSERT'])
    await counting.claim('k', other)
    expect(sent.splice(0)).toEqual(['INSERT', 'SELECT'])
    await counting.renew('k', claim)
    await counting.finish('k', done)
    expect(sent.splice(0)).toEqual(['UPDATE', 'UPDATE'])
  })

  describe('connections', () => {
    it('64 claims on a pool of 2 that the application holds fail within a second, and none of them lands later', async () => {
      const small = poolOf({ max: 2 })
      const starved = postgresStore(small)
      const held = await Promise.all([small.connect(), small.connect()])
      const before = performance.now()
      const claims = await Promise.allSettled(Array.from({ length: 64 }, (_, i) => starved.claim(`k${i}`, claim)))
      expect(performance.now() - before).toBeLessThan(1500)
      for (const result of claims)
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_STORE_TIMEOUT' } })
      for (const client of held) client.release()
      await small.query('SELECT 1')
      expect((await pool.query('SELECT FROM hookproof_events')).rowCount).toBe(0)
      expect(await starved.claim('k1', other)).toMatchObject({ status: 'won', attempt: 1 })
    })

    it('64 transactions on a pool of 2 end, each event with one effect', async () => {
      const few = postgresStore(poolOf({ max: 2 }), { transaction: true })
      const deliver = async (key: string): Promise<void> => {
        for (;;) {
          try {
            const ended = await few.transaction?.(key, run, async (transaction) => {
              await write(transaction, key)
              return { value: undefined }
            })
            if (ended?.status !== 'busy') return
          } catch (error) {
            expect(error).toEqual(code('ERR_STORE_TIMEOUT'))
          }
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
      await Promise.all(Array.from({ length: 64 }, (_, i) => deliver(`k${i % 32}`)))
      const rows = await pool.query('SELECT key FROM effects')
      expect(rows.rowCount).toBe(32)
      expect(new Set(rows.rows.map(({ key }) => key)).size).toBe(32)
    })

    it('a row that a foreign transaction has locked fails a claim within a second and costs the pool no connection', async () => {
      await store.claim('k', { ...claim, leaseMs: 1 })
      const small = poolOf({ max: 1 })
      const holder = await pool.connect()
      await holder.query("BEGIN; SELECT FROM hookproof_events WHERE key = 'k' FOR UPDATE")
      const before = performance.now()
      await expect(postgresStore(small).claim('k', other)).rejects.toThrow(code('ERR_STORE_TIMEOUT'))
      expect(performance.now() - before).toBeLessThan(1500)
      await small.query('SELECT 1')
      expect(performance.now() - before).toBeLessThan(5000)
      await holder.query('ROLLBACK')
      holder.release()
    })

    it('a server that restarts is ERR_STORE_UNAVAILABLE, then all is known as before', async () => {
      await store.claim('k', claim)
      await store.finish('k', done)
      server.restart()
      const after = await Promise.resolve(store.claim('k', other)).catch((error: unknown) => error)
      if (after instanceof Error) expect(after).toEqual(code('ERR_STORE_UNAVAILABLE'))
      expect(await store.claim('k', other)).toMatchObject({ status: 'done' })
    })

    it('nobody there is ERR_STORE_UNAVAILABLE', async () => {
      const nowhere = postgresStore(poolOf({ connectionString: 'postgres://hookproof@127.0.0.1:1/none' }))
      await expect(nowhere.claim('k', claim)).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'))
    })

    it.each<[string, (of: PostgresClient) => PromiseLike<unknown> | unknown]>([
      ['claim', (of) => postgresStore(of).claim('k', claim)],
      [
        'transaction',
        (of) => postgresStore(of, { transaction: true }).transaction?.('k', run, async () => ({ value: 1 })),
      ],
    ])('a connection that the server ends as soon as it is ready fails a %s, and not the process', async (_, ask) => {
      const message = (type: string, body: string): Buffer => {
        const length = Buffer.alloc(4)
        length.writeInt32BE(4 + body.length)
        return Buffer.concat([Buffer.from(type), length, Buffer.from(body, 'latin1')])
      }
      const fatal = ['SFATAL', 'VFATAL', 'C57P01', 'Mterminating connection', ''].map((field) => `${field}\0`).join('')
      const ready = [message('R', '\0\0\0\0'), message('Z', 'I'), message('E', fatal)]
      const ending = createServer((socket) => {
        socket.on('error', () => undefined)
        socket.once('data', () => socket.end(Buffer.concat(ready)))
      })
      await new Promise<void>((resolve) => ending.listen(0, '127.0.0.1', resolve))
      const uncaught = vi.fn()
      process.on('uncaughtException', uncaught)
      try {
        const { port } = ending.address() as AddressInfo
        const ended = poolOf({ connectionString: `postgres://hookproof@127.0.0.1:${port}/none` })
        await expect(ask(ended)).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'))
        expect(uncaught).not.toHaveBeenCalled()
      } finally {
        process.off('uncaughtException', uncaught)
        ending.close()
      }
    })

    it('keeps to the signal of its caller', async () => {
      const controller = new AbortController()
      const small = poolOf({ max: 1 })
      const held = await small.connect()
      const waiting = postgresStore(small).claim('k', { ...claim, signal: controller.signal })
      controller.abort()
      await expect(waiting).rejects.toThrow(code('ERR_STORE_TIMEOUT'))
      held.release()
    })
  })

  describe('transactions', () => {
    const transacting = () => postgresStore(poolOf(), { transaction: true })

    it('a backend that is terminated under a handler leaves no effect', async () => {
      const attempt = (terminating: boolean) =>
        transacting().transaction?.('k', run, async (transaction) => {
          await write(transaction, 'k')
          const { rows } = await transaction.query('SELECT pg_backend_pid() AS id')
          if (terminating) await pool.query('SELECT pg_terminate_backend($1)', [rows[0].id])
          await write(transaction, 'k')
          return { value: undefined }
        })
      await expect(attempt(true)).rejects.toThrow()
      expect(await effects('k')).toBe(0)
      expect(await attempt(false)).toMatchObject({ status: 'ran' })
      expect(await effects('k')).toBe(2)
    })

    it('a backend of postgres.js that is terminated ends the transaction at once, whatever the handler waits for', async () => {
      const sql = postgres(url, { onnotice: () => undefined, max: 2 })
      // Its own end() may wait for ever after a lost connection.
      const patience = () => new Promise((resolve) => setTimeout(resolve, 2000))
      opened.push({ end: () => Promise.race([sql.end({ timeout: 1 }), patience()]) })
      const attempt = (terminating: boolean) =>
        postgresStore(sql, { transaction: true }).transaction?.('k', run, async (transaction) => {
          await transaction`INSERT INTO effects VALUES ('k')`
          const [row] = await transaction`SELECT pg_backend_pid() AS id`
          if (terminating) {
            await pool.query('SELECT pg_terminate_backend($1)', [row?.id])
            await new Promise(() => undefined)
          }
          return { value: undefined }
        })
      const before = performance.now()
      await expect(attempt(true)).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'))
      expect(performance.now() - before).toBeLessThan(2000)
      expect(await effects('k')).toBe(0)
      expect(await attempt(false)).toMatchObject({ status: 'ran' })
      expect(await effects('k')).toBe(1)
    })

    it.each([
      ['before', 0],
      ['after', 1],
    ] as const)(
      'a connection that is cut %s the COMMIT arrives is ERR_STORE_COMMIT_UNKNOWN; the retry learns the truth',
      async (when, kept) => {
        const address = new URL(url)
        const proxy = await cuttingProxy(address.hostname, Number(address.port))
        address.port = String(proxy.port)
        const cut = postgresStore(poolOf({ connectionString: address.href }), { transaction: true })
        const attempt = () =>
          cut.transaction?.('k', run, async (transaction) => {
            await write(transaction, 'k')
            proxy.cutAt('COMMIT', when)
            return { value: undefined }
          })
        await expect(attempt()).rejects.toThrow(code('ERR_STORE_COMMIT_UNKNOWN'))
        expect(await effects('k')).toBe(kept)
        const again = await transacting().transaction?.('k', run, async (transaction) => {
          await write(transaction, 'k')
          return { value: undefined }
        })
        expect(again?.status).toBe(kept === 1 ? 'done' : 'ran')
        expect(await effects('k')).toBe(1)
        await proxy.close()
      },
    )

    it('no verb of lease mode waits for a transaction that holds the record', async () => {
      await store.claim('k', { ...claim, leaseMs: 1 })
      await store.claim('free', claim)
      await store.finish('free', { ...claim, to: 'free', progress: '' })
      for (const key of ['k', 'free', 'new']) {
        await transacting().transaction?.(key, run, async () => {
          expect(await store.claim(key, other)).toMatchObject({ status: 'busy' })
          expect(await store.renew(key, claim)).toBe(false)
          expect(await store.finish(key, { ...done, to: 'free' })).toBe('lost')
          expect(await store.finish(key, done)).toBe('lost')
          expect(await store.reset?.(key)).toBe(false)
          return { value: undefined }
        })
        expect(await store.claim(key, other)).toMatchObject({ status: 'done' })
      }
    })

    it('a COMMIT that the database refuses is a failed handler', async () => {
      await pool.query('CREATE TABLE parents (id int PRIMARY KEY)')
      await pool.query('CREATE TABLE children (id int REFERENCES parents DEFERRABLE INITIALLY DEFERRED)')
      const refused = transacting().transaction?.('k', run, async (transaction) => {
        await transaction.query('INSERT INTO children VALUES (1)')
        return { value: undefined }
      })
      await expect(refused).rejects.toThrow(code('ERR_HANDLER_FAILED'))
      expect(await store.claim('k', claim)).toMatchObject({ status: 'won', attempt: 1 })
    })

    it('a handler that swallows the error of a statement has failed all the same', async () => {
      const swallowing = transacting().transaction?.('k', run, async (transaction) => {
        await write(transaction, 'k')
        await transaction.query('SELECT 1 / 0').catch(() => undefined)
        return { value: undefined }
      })
      await expect(swallowing).rejects.toThrow(code('ERR_HANDLER_FAILED'))
      expect(await effects('k')).toBe(0)
    })

    it('a query that nobody awaited is part of the transaction', async () => {
      await transacting().transaction?.('k', run, async (transaction) => {
        write(transaction, 'k').catch(() => undefined)
        return { value: undefined }
      })
      expect(await effects('k')).toBe(1)
    })

    it('at the signal a statement that still runs is ended at the server, and the connection is not used again', async () => {
      const own = poolOf({ max: 1 })
      const controller = new AbortController()
      let processId = 0
      const started = new EventEmitter()
      const begun = new Promise((resolve) => started.once('begun', resolve))
      const running = postgresStore(own, { transaction: true }).transaction?.(
        'k',
        { ...run, signal: controller.signal },
        async (transaction) => {
          await write(transaction, 'k')
          processId = (await transaction.query('SELECT pg_backend_pid() AS id')).rows[0].id
          started.emit('begun')
          await transaction.query('SELECT pg_sleep(60)')
          return { value: undefined }
        },
      )
      await begun
      controller.abort()
      await expect(running).rejects.toThrow(code('ERR_HANDLER_TIMEOUT'))
      await vi.waitUntil(
        async () => (await pool.query('SELECT FROM pg_stat_activity WHERE pid = $1', [processId])).rowCount === 0,
      )
      expect((await own.query('SELECT pg_backend_pid() AS id')).rows[0].id).not.toBe(processId)
      expect(await effects('k')).toBe(0)
    })

    it('an idle transaction is ended by the server after maxRunMs', async () => {
      const timeouts: unknown[] = []
      await transacting().transaction?.('k', { ...run, maxRunMs: 4321 }, async (transaction) => {
        timeouts.push((await transaction.query('SHOW idle_in_transaction_session_timeout')).rows[0])
        return { value: undefined }
      })
      expect(timeouts).toEqual([{ idle_in_transaction_session_timeout: '4321ms' }])
    })

    it.each(['repeatable read', 'serializable'])('is READ COMMITTED where the default is %s', async (level) => {
      const strict = poolOf({ options: `-c default_transaction_isolation=${level.replace(' ', '\\ ')}` })
      const seen: unknown[] = []
      await postgresStore(strict, { transaction: true }).transaction?.('k', run, async (transaction) => {
        seen.push((await transaction.query('SHOW transaction_isolation')).rows[0].transaction_isolation)
        return { value: undefined }
      })
      expect(seen).toEqual(['read committed'])
    })

    it('with a backend terminated every 100 ms under load every event has one effect', async () => {
      const killed = postgresStore(poolOf(), { transaction: true })
      const keys = Array.from({ length: 120 }, (_, i) => `k${i}`)
      let over = false
      const deliver = async (key: string): Promise<void> => {
        for (;;) {
          const ended = await killed
            .transaction?.(key, run, async (transaction) => {
              await write(transaction, key)
              await transaction.query('SELECT pg_sleep(0.02)')
              return { value: undefined }
            })
            .catch(() => undefined)
          if (ended?.status === 'ran' || ended?.status === 'done') return
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
      }
      const axe = (async () => {
        let ended = 0
        while (!over) {
          const { rowCount } = await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND datname = current_database() AND xact_start IS NOT NULL LIMIT 2`)
          ended += rowCount ?? 0
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
        return ended
      })()
      await Promise.all([...keys, ...keys].map(deliver))
      over = true
      expect(await axe).toBeGreaterThan(3)
      const { rows } = await pool.query('SELECT count(*)::int AS n, count(DISTINCT key)::int AS keys FROM effects')
      expect(rows).toEqual([{ n: 120, keys: 120 }])
    })
  })

  describe('the schema', () => {
    it('a missing table is named with its cure', async () => {
      await expect(postgresStore(pool, { table: 'absent' }).claim('k', claim)).rejects.toThrow(
        /migrate\(\).*ERR_STORE_SCHEMA/,
      )
      await expect(postgresStore(pool, { schema: 'absent' }).claim('k', claim)).rejects.toThrow(
        code('ERR_STORE_SCHEMA'),
      )
    })

    it('a table of an older version is named with its cure; migrate() adds what is missing and keeps the records', async () => {
      await store.claim('k', claim)
      await store.finish('k', { ...done, result: 'r' })
      await pool.query('ALTER TABLE hookproof_events DROP COLUMN progress, DROP COLUMN tag')
      await expect(store.claim('k', claim)).rejects.toThrow(code('ERR_STORE_SCHEMA'))
      expect(await store.check?.()).toEqual([
        'table "hookproof_events" lacks progress, tag: run `await store.migrate()`.',
      ])
      await store.migrate()
      expect(await store.claim('k', claim)).toEqual({ status: 'done', result: 'r', tag: '' })
    })

    it('8 processes may migrate at once', async () => {
      const stores = Array.from({ length: 8 }, () =>
        postgresStore(poolOf({ max: 1 }), { table: 'many', schema: 'fresh' }),
      )
      await Promise.all(stores.map((one) => one.migrate()))
      expect(await stores[0]?.claim('k', claim)).toMatchObject({ status: 'won' })
    })

    it('the exported schema does the same as migrate()', async () => {
      await pool.query('DROP TABLE hookproof_events')
      await pool.query(postgresSchema)
      expect(await store.check?.()).toEqual([])
      expect(await store.claim('k', claim)).toMatchObject({ status: 'won' })
    })

    it.each([
      ['in batches', true],
      ['one by one', false],
    ])('this version and the next one, which added columns, share the table under load, %s', async (_, batch) => {
      const [current, newer] = [postgresStore(pool, { batch }), postgresStore(poolOf(), { batch })]
      await pool.query("ALTER TABLE hookproof_events ADD COLUMN later text NOT NULL DEFAULT 'default'")
      const next: SqlStore = {
        ...newer,
        async claim(key, options) {
          const claimed = await newer.claim(key, options)
          if (claimed.status === 'won')
            await pool.query("UPDATE hookproof_events SET later = 'written' WHERE key = $1", [key])
          return claimed
        },
      }
      const keys = Array.from({ length: 40 }, (_, i) => `k${i}`)
      // The first keys have one version each: in a batch, one may win all that both want.
      const versions: readonly SqlStore[][] = [[current], [next]]
      const ran: string[] = []
      await Promise.all(
        keys.flatMap((key, index) =>
          (versions[index] ?? [current, next]).map(async (version, i) => {
            const nonce = `${key} ${i}`
            if ((await version.claim(key, { ...claim, nonce })).status !== 'won') return
            ran.push(key)
            await version.renew(key, { ...claim, nonce })
            await version.finish(key, { ...done, nonce })
          }),
        ),
      )
      expect(ran.sort()).toEqual([...keys].sort())
      const { rows } = await pool.query('SELECT state, later FROM hookproof_events')
      expect(rows.filter(({ state }) => state === 2)).toHaveLength(40)
      expect(new Set(rows.map(({ later }) => later))).toEqual(new Set(['default', 'written']))
    })
  })

  describe('check', () => {
    it('says nothing about a sound set-up', async () => {
      expect(await store.check?.()).toEqual([])
    })

    it('finds the index of a table whose name has capital letters', async () => {
      const capital = postgresStore(pool, { table: 'WebhookEvents' })
      await capital.migrate()
      expect(await capital.check?.()).toEqual([])
    })

    it.each<[string, string, RegExp]>([
      ['an UNLOGGED table', 'ALTER TABLE hookproof_events SET UNLOGGED', /UNLOGGED/],
      ['a missing index', 'DROP INDEX hookproof_events_expires', /index hookproof_events_expires is missing/],
      ['a missing table', 'DROP TABLE hookproof_events', /is missing/],
    ])('tells %s', async (_, text, expected) => {
      await pool.query(text)
      expect(await store.check?.()).toEqual([expect.stringMatching(expected)])
    })

    it.each<[string, string, RegExp]>([
      ['synchronous_commit=off', '-c synchronous_commit=off', /synchronous_commit is off/],
      ['read-only connections', '-c default_transaction_read_only=on', /read-only/],
    ])('tells %s', async (_, options, expected) => {
      expect(await postgresStore(poolOf({ options })).check?.()).toEqual([expect.stringMatching(expected)])
    })

    it('tells an encoding that cannot hold every letter', async () => {
      await pool.query(`CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`)
      const address = new URL(url)
      address.pathname = '/latin'
      const latin = postgresStore(poolOf({ connectionString: address.href }))
      await latin.migrate()
      expect(await latin.check?.()).toEqual([expect.stringContaining('encoding is LATIN1')])
    })

    it("tells a pool without an 'error' listener, whose process an idle connection could end", async () => {
      const bare = new pg.Pool({ connectionString: url })
      opened.push(bare)
      expect(await postgresStore(bare).check?.()).toEqual([expect.stringContaining("no 'error' listener")])
    })
  })

  it('a connection that may only read is ERR_STORE_UNAVAILABLE', async () => {
    const reading = postgresStore(poolOf({ options: '-c default_transaction_read_only=on' }))
    await expect(reading.claim('k', claim)).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'))
  })

  it('a step of the application clock changes nothing: the server has its own', async () => {
    await store.claim('k', claim)
    for (const now of ['1999-01-01', '2099-01-01']) {
      vi.useFakeTimers({ now: new Date(now), toFake: ['Date'] })
      expect(await store.claim('k', other)).toMatchObject({ status: 'busy' })
      expect(await store.claim(`born ${now}`, claim)).toMatchObject({ status: 'won' })
      vi.useRealTimers()
      expect(await store.claim(`born ${now}`, other)).toMatchObject({ status: 'busy' })
    }
  })

  describe('sweep', () => {
    it('deletes what is over, at most the limit, and nothing that is held, remembered or being claimed', async () => {
      for (let i = 0; i < 5; i++) await store.claim(`over ${i}`, { ...claim, leaseMs: 1, retentionMs: 1 })
      await store.claim('held', { ...claim, retentionMs: 1 })
      await store.claim('done', claim)
      await store.finish('done', done)
      const holder = await pool.connect()
      await holder.query("BEGIN; SELECT FROM hookproof_events WHERE key = 'over 0' FOR UPDATE")
      await vi.waitUntil(async () => (await store.sweep(3)) === 3)
      expect(await store.sweep()).toBe(1)
      await holder.query('ROLLBACK')
      holder.release()
      expect(await store.sweep()).toBe(1)
      expect(await store.sweep()).toBe(0)
      expect(await store.claim('held', other)).toMatchObject({ status: 'busy' })
      expect(await store.claim('done', other)).toMatchObject({ status: 'done' })
    })

    it('runs by itself every 1000 claims', async () => {
      const brief = (i: number) => store.claim(`over ${i}`, { ...claim, leaseMs: 1, retentionMs: 1 })
      for (let i = 0; i < 1000; i += 50) await Promise.all(Array.from({ length: 50 }, (_, j) => brief(i + j)))
      await vi.waitUntil(
        async () => Number((await pool.query('SELECT count(*) AS n FROM hookproof_events')).rows[0].n) < 500,
      )
    })
  })

  it('a full disk is ERR_STORE_FULL', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'hookproof-full-'))
    try {
      command('mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder)
    } catch {
      rmSync(folder, { recursive: true })
      return context.skip('only root may mount a small file system')
    }
    try {
      command('chown', 'postgres', folder)
      await pool.query(`CREATE TABLESPACE tiny LOCATION '${folder}'`)
      await pool.query('ALTER TABLE hookproof_events SET TABLESPACE tiny')
      const filling = async (): Promise<void> => {
        for (let i = 0; i < 2000; i++)
          await store.claim(`k${i}`, { ...claim, tag: randomBytes(20_000).toString('hex') })
      }
      await expect(filling()).rejects.toThrow(code('ERR_STORE_FULL'))
      expect(await store.claim('k0', other)).toMatchObject({ status: 'busy' })
      await pool.query('DROP TABLE hookproof_events')
      await pool.query('DROP TABLESPACE tiny')
    } finally {
      command('umount', '-l', folder)
      rmSync(folder, { recursive: true })
    }
  })
})
