import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { postgresStore, type SqlStore } from '../../src/stores/postgres.js'
import { postgresAvailable, startPostgres, type TestPostgres } from '../support/postgres.js'

const claim = { nonce: 'n', leaseMs: 60_000, retentionMs: 60_000, tag: 'tag' }
const other = { ...claim, nonce: 'other' }
const done = { ...claim, to: 'done', progress: '', result: 'reply' } as const
type Between = (key: string) => unknown

/** What the version before sends for a claim: one statement, whatever stands there. */
const BEFORE = `INSERT INTO "hookproof_events" AS d (key, state, fence, nonce, lease_until, attempts, progress, tag, expires_at)
SELECT $1, 1, c.now * 1000, $2, c.now + 60000, 1, '', 'tag', c.now + 60000
FROM (SELECT CAST(floor(date_part('epoch', clock_timestamp()) * 1000) AS bigint) AS now) AS c
WHERE pg_try_advisory_xact_lock_shared(hashtextextended($1, 0))
ON CONFLICT (key) DO UPDATE SET state = 1, nonce = excluded.nonce, lease_until = excluded.lease_until,
  fence = greatest(d.fence + 1, excluded.fence), attempts = d.attempts + 1
WHERE d.state = 0 OR (d.state = 1 AND (d.lease_until <= excluded.fence / 1000 OR d.nonce = excluded.nonce))
RETURNING fence`

describe.runIf(postgresAvailable())('a claim in Postgres', () => {
  let server: TestPostgres
  let pool: pg.Pool
  let store: SqlStore
  /** The same table, with whatever happens before the nth statement. */
  let watched: SqlStore
  let sent = 0
  let before: Record<number, () => unknown> = {}
  beforeAll(async () => {
    server = await startPostgres()
    pool = new pg.Pool({ connectionString: await server.database('claims_apart'), max: 10 })
    store = postgresStore(pool)
    await store.migrate()
    watched = postgresStore({
      async query(text: string, values?: never) {
        await before[++sent]?.()
        return await pool.query(text, values)
      },
    })
  })
  beforeEach(() => {
    sent = 0
    before = {}
  })
  afterAll(async () => {
    await pool.end()
    await server.stop()
  })

  const set = (key: string, assignments: string) =>
    pool.query(`UPDATE hookproof_events SET ${assignments} WHERE key = $1`, [key])
  const remove: Between = (key) => pool.query('DELETE FROM hookproof_events WHERE key = $1', [key])
  const held: Between = (key) => store.claim(key, claim)
  const finish: Between = (key) => store.finish(key, done)
  const release: Between = (key) => store.finish(key, { ...claim, to: 'free', progress: 'half' })
  const lapse: Between = (key) => set(key, 'lease_until = 0')
  const forget: Between = (key) => set(key, 'lease_until = 0, expires_at = 0')
  const take: Between = (key) => store.claim(key, { ...claim, nonce: 'third' })

  it.each<[string, Between[], string, number]>([
    ['of a new key asks once', [], 'won', 1],
    ['of a finished record asks twice', [held, finish], 'done', 2],
    ['of a record that is held asks twice', [held], 'busy', 2],
    ['of a lapsed lease asks three times', [held, lapse], 'won', 3],
    ['of a record that was let go asks three times', [held, release], 'won', 3],
    ['of a finished record past its retention asks three times', [held, finish, forget], 'won', 3],
  ])('%s', async (_, steps, status, statements) => {
    const key = randomUUID()
    for (const step of steps) await step(key)
    expect(await watched.claim(key, other)).toMatchObject({ status })
    expect(sent).toBe(statements)
  })

  it('that is asked again with its nonce is won again, with the same fence', async () => {
    const key = randomUUID()
    const first = await store.claim(key, claim)
    expect(await watched.claim(key, claim)).toEqual(first)
    expect(sent).toBe(3)
  })

  it.each<[string, (connect: pg.Pool['connect']) => unknown]>([
    ['knows promises only', (connect) => () => connect()],
    [
      'calls back later and promises nothing',
      (connect) => async (back: Parameters<typeof connect>[0]) => void setImmediate(() => connect(back)),
    ],
    [
      'calls back and promises the same',
      (connect) => (back: (error: undefined, client: object) => void) =>
        connect().then((client) => {
          back(undefined, client)
          return client
        }),
    ],
  ])('takes a pool whose connect() was wrapped and %s', async (_, wrap) => {
    // All connections, so that it is among them which was used.
    const listeners = async (): Promise<number> => {
      const all = await Promise.all(Array.from({ length: pool.options.max ?? 10 }, () => pool.connect()))
      for (const connection of all) connection.release()
      return all.reduce((sum, connection) => sum + connection.listenerCount('error'), 0)
    }
    const before = await listeners()
    const connect = wrap(pool.connect.bind(pool) as pg.Pool['connect'])
    const wrapped = { connect, query: pool.query.bind(pool), totalCount: 0 }
    const one = postgresStore(wrapped as never)
    const key = randomUUID()
    expect(await one.claim(key, claim)).toMatchObject({ status: 'won' })
    expect(await one.finish(key, done)).toBe('ok')
    expect(await listeners()).toBe(before)
  })

  it('returns a row only where the client tells no number of rows', async () => {
    const texts: string[] = []
    const spied = (client: object) =>
      new Proxy(client, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name)
          if (typeof value !== 'function') return value
          if (name === 'connect')
            return (connected: (error: unknown, client?: object) => void) => {
              pool.connect((error, connection) => connected(error, connection && spied(connection)))
            }
          return async (...given: unknown[]) => {
            const [statement] = given as [{ text?: string } | string | undefined]
            if (name === 'query') texts.push(typeof statement === 'object' ? (statement.text ?? '') : (statement ?? ''))
            return await Reflect.apply(value, target, given)
          }
        },
      })
    const pooled = postgresStore(spied(pool) as pg.Pool)
    const queried = postgresStore({
      query(text: string, values?: never) {
        texts.push(text)
        return pool.query(text, values)
      },
    })
    for (const [one, rows] of [
      [pooled, false],
      [queried, true],
    ] as const) {
      const key = randomUUID()
      expect(await one.claim(key, claim)).toMatchObject({ status: 'won' })
      expect(await one.claim(key, other)).toMatchObject({ status: 'busy' })
      expect(await one.renew(key, claim)).toBe(true)
      expect(await one.renew(key, other)).toBe(false)
      expect(await one.finish(key, done)).toBe('ok')
      const written = texts.splice(0).filter((text) => /^(INSERT|UPDATE)/.test(text))
      expect(written.map((text) => text.includes('RETURNING'))).toEqual(written.map(() => rows))
    }
  })

  it.each<[string, Between[], number, Between[], object]>([
    ['finished before the second', [held], 2, [finish], { status: 'done', result: 'reply' }],
    ['let go before the second', [held], 2, [release], { status: 'won', attempt: 2, progress: 'half' }],
    ['swept before the second', [held, finish], 2, [remove], { status: 'won', attempt: 1, progress: '' }],
    ['past its retention before the second', [held, finish], 2, [forget], { status: 'won', attempt: 1, progress: '' }],
    ['taken before the third', [held, lapse], 3, [take], { status: 'busy' }],
    ['finished late before the third', [held, lapse], 3, [finish], { status: 'done', result: 'reply' }],
    ['swept before the third', [held, release], 3, [remove], { status: 'won', attempt: 1, progress: '' }],
    ['swept and taken before the third', [held, lapse], 3, [remove, take], { status: 'busy' }],
  ])('of a record that is %s statement', async (_, steps, nth, between, expected) => {
    const key = randomUUID()
    for (const step of steps) await step(key)
    before[nth] = async () => {
      for (const step of between) await step(key)
    }
    expect(await watched.claim(key, other)).toMatchObject(expected)
  })

  it('of a record that another takes whenever it looks free is busy in the end', async () => {
    const key = randomUUID()
    await held(key)
    for (const nth of [2, 4, 6, 8]) before[nth] = () => lapse(key)
    for (const nth of [3, 5, 7, 9]) before[nth] = () => store.claim(key, { ...claim, nonce: `thief ${nth}` })
    expect(await watched.claim(key, other)).toMatchObject({ status: 'busy', tag: 'tag' })
    expect(sent).toBe(7)
  })

  it('in a batch, of what stands, asks twice as well', async () => {
    const batched = postgresStore({
      query(text: string, values?: never) {
        sent++
        return pool.query(text, values)
      },
    })
    const [finished, busy] = [randomUUID(), randomUUID()]
    await held(finished)
    await finish(finished)
    await held(busy)
    const answers = Promise.all([finished, busy, randomUUID()].map((key) => batched.claim(key, other)))
    expect(await answers).toMatchObject([{ status: 'done', result: 'reply' }, { status: 'busy' }, { status: 'won' }])
    expect(sent).toBe(3)
  })

  it('is won once where a process of the version before wants the same key', async () => {
    const older = async (key: string, nonce: string): Promise<boolean> =>
      (await pool.query(BEFORE, [key, nonce])).rowCount === 1
    const newer = async (key: string, nonce: string): Promise<boolean> =>
      (await store.claim(key, { ...claim, nonce })).status === 'won'
    for (let race = 0; race < 60; race++) {
      const key = randomUUID()
      const contest = () =>
        Promise.all([older, newer, older, newer].map((claimBy, index) => claimBy(key, `${race} ${index}`)))
      expect((await contest()).filter(Boolean)).toHaveLength(1)
    }
  })
})
