import pg from 'pg'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { postgresStore, type SqlStore } from '../../src/stores/postgres.js'
import { receiver, request } from '../support/acme.js'
import {
  postgresAvailable,
  startPostgres,
  startReplica,
  type TestPostgres,
  type TestReplica,
} from '../support/postgres.js'

const claim = { nonce: 'n', leaseMs: 60_000, retentionMs: 60_000, tag: 'tag' }
const run = { tag: 'tag', retentionMs: 60_000, maxRunMs: 5000, signal: new AbortController().signal }
const done = { ...claim, to: 'done', progress: '' } as const
const REFUSED = expect.objectContaining({
  name: 'StoreError',
  code: 'ERR_STORE_UNAVAILABLE',
  message: expect.stringContaining('in a read-only transaction'),
})

describe.runIf(postgresAvailable())('the Postgres store on connections that may only read', () => {
  let primary: TestPostgres
  let url: string
  let pool: pg.Pool
  let store: SqlStore
  /** Of one test: the clients go before the server that they speak to. */
  const clients: { end(): Promise<unknown> }[] = []
  const replicas: TestReplica[] = []
  const poolOf = (connectionString: string, options = ''): pg.Pool => {
    const made = new pg.Pool({ connectionString, max: 4, options })
    made.on('error', () => undefined)
    clients.push(made)
    return made
  }
  const sqlOf = (connectionString: string, settings = {}): postgres.Sql => {
    const sql = postgres(connectionString, { onnotice: () => undefined, max: 4, connection: settings })
    clients.push(sql)
    return sql
  }
  beforeAll(async () => {
    primary = await startPostgres({ own: true })
    url = await primary.database('replicated')
    pool = new pg.Pool({ connectionString: url })
    store = postgresStore(pool)
    await store.migrate()
    await store.claim('done before', claim)
    await store.finish('done before', done)
  })
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()))
    await Promise.all(replicas.splice(0).map((replica) => replica.stop()))
  })
  afterAll(async () => {
    await pool.end()
    await primary.stop()
  })

  const READ_ONLY = '-c default_transaction_read_only=on'
  const leases: [string, (at: string, readOnly: boolean) => SqlStore][] = [
    ['pg', (at, readOnly) => postgresStore(poolOf(at, readOnly ? READ_ONLY : ''))],
    ['pg, prepared', (at, readOnly) => postgresStore(poolOf(at, readOnly ? READ_ONLY : ''), { prepare: true })],
    ['pg, one by one', (at, readOnly) => postgresStore(poolOf(at, readOnly ? READ_ONLY : ''), { batch: false })],
    [
      'postgres.js',
      (at, readOnly) => postgresStore(sqlOf(at, readOnly ? { default_transaction_read_only: true } : {})),
    ],
  ]
  const transactions: [string, (at: string, readOnly: boolean) => SqlStore<pg.PoolClient | postgres.TransactionSql>][] =
    [
      ['pg', (at, readOnly) => postgresStore(poolOf(at, readOnly ? READ_ONLY : ''), { transaction: true })],
      [
        'postgres.js',
        (at, readOnly) =>
          postgresStore(sqlOf(at, readOnly ? { default_transaction_read_only: true } : {}), { transaction: true }),
      ],
    ]

  /** What a receiver on the store does with a genuine delivery. */
  async function deliver<T>(to: SqlStore<T>, id: string): Promise<object> {
    const { receiver: acme, errors } = receiver<T>({ store: to })
    let runs = 0
    acme.on('ping', () => ++runs)
    const { status, outcome, headers } = await acme.receive(request({ type: 'ping' }, { id }))
    return { status, outcome, later: 'retry-after' in headers, runs, errors }
  }
  const unavailable = {
    status: 503,
    outcome: 'unavailable',
    later: true,
    runs: 0,
    errors: ['ERR_STORE_UNAVAILABLE'],
  }

  const places: [string, boolean, RegExp][] = [
    ['a replica', false, /^this is a replica: nothing can be claimed/],
    ['a primary whose transactions are read-only by default', true, /^transactions are read-only by default/],
  ]
  describe.each(places)('%s', (_, readOnly, told) => {
    let replica: TestReplica | undefined
    const at = (): string => replica?.url ?? url
    beforeAll(async () => {
      if (readOnly) return
      replica = await startReplica(url)
      await replica.caughtUp()
    })
    afterAll(() => replica?.stop())

    it.each(leases)(
      'refuses every verb with one code through %s; the sender gets 503 and nothing runs',
      async (_name, make) => {
        const reading = make(at(), readOnly)
        await expect(reading.claim('new', claim)).rejects.toThrow(REFUSED)
        await expect(reading.claim('done before', { ...claim, nonce: 'other' })).rejects.toThrow(REFUSED)
        await expect(reading.renew('done before', claim)).rejects.toThrow(REFUSED)
        await expect(reading.finish('done before', done)).rejects.toThrow(REFUSED)
        await expect(reading.reset?.('done before')).rejects.toThrow(REFUSED)
        await expect(reading.sweep()).rejects.toThrow(REFUSED)
        expect(await deliver(reading, 'delivered')).toEqual(unavailable)
        expect(await reading.check?.()).toEqual([expect.stringMatching(told)])
      },
    )

    it.each(transactions)(
      'begins no handler in transaction mode through %s; the sender gets 503',
      async (_name, make) => {
        const reading = make(at(), readOnly)
        let begun = 0
        const work = async (): Promise<{ value: number }> => ({ value: ++begun })
        // More often than the pool has connections: none is left inside its transaction.
        for (let i = 0; i < 6; i++) await expect(reading.transaction?.('new', run, work)).rejects.toThrow(REFUSED)
        expect(begun).toBe(0)
        expect(await deliver(reading, 'delivered')).toEqual(unavailable)
        expect(await reading.check?.()).toEqual([expect.stringMatching(told)])
      },
    )

    it('refuses to make a table with the same code', async () => {
      const reading = postgresStore(poolOf(at(), readOnly ? READ_ONLY : ''), { table: 'absent' })
      await expect(reading.migrate()).rejects.toThrow(REFUSED)
    })
  })

  it('a replica that is promoted is claimed on by the stores that were refused, and knows what was replicated', async () => {
    const replica = await startReplica(url)
    replicas.push(replica)
    await store.claim('done after', claim)
    await store.finish('done after', { ...done, result: 'r' })
    await replica.caughtUp()
    const all = [...leases, ...transactions].map(
      ([name, make], i) => [`${name} ${i}`, make(replica.url, false)] as const,
    )
    for (const [name, reading] of all) expect(await deliver(reading, name), name).toEqual(unavailable)
    await replica.promote()
    for (const [name, promoted] of all) {
      const taken = { status: 200, outcome: 'handled', later: false, runs: 1, errors: [] }
      expect(await deliver(promoted, name), name).toEqual(taken)
      expect(await deliver(promoted, name), name).toMatchObject({ status: 200, outcome: 'duplicate', runs: 0 })
      expect(await promoted.claim('done after', claim), name).toEqual({ status: 'done', result: 'r', tag: 'tag' })
      expect(await promoted.check?.(), name).toEqual([])
    }
  })
})
