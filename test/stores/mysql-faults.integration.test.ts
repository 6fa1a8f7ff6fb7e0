import mysql from 'mysql2/promise'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { mysqlError } from '../../src/stores/_mysql-driver.js'
import { type MysqlPool, mysqlSchema, mysqlStore, type SqlStore } from '../../src/stores/mysql.js'
import { receiver, request } from '../support/acme.js'
import { mariadbAvailable, startMariadb, type TestMariadb } from '../support/mariadb.js'

const claim = { nonce: 'n', leaseMs: 60_000, retentionMs: 60_000, tag: 'tag' }
const other = { ...claim, nonce: 'other' }
const done = { ...claim, to: 'done', progress: '' } as const
const code = (expected: string) => expect.objectContaining({ code: expected })

describe.runIf(mariadbAvailable())('the MySQL store in trouble', () => {
  let server: TestMariadb
  let url: string
  let pool: mysql.Pool
  let store: SqlStore
  let databases = 0
  const opened: mysql.Pool[] = []
  const poolOf = (options: mysql.PoolOptions = {}): mysql.Pool => {
    const made = mysql.createPool({ uri: url, connectionLimit: 10, ...options })
    opened.push(made)
    return made
  }
  beforeAll(async () => {
    server = await startMariadb()
  })
  beforeEach(async () => {
    url = await server.database(`faults_${databases++}`)
    pool = poolOf()
    store = mysqlStore(pool)
    await store.migrate()
  })
  afterEach(async () => {
    vi.useRealTimers()
    await Promise.all(opened.splice(0).map((made) => made.end()))
  }, 20_000)
  afterAll(() => server.stop())

  it.each<[string, () => unknown, string]>([
    ['nothing', () => mysqlStore(undefined as unknown as MysqlPool), 'ERR_OPTION_INVALID'],
    ['a connection string', () => mysqlStore(url as unknown as MysqlPool), 'ERR_OPTION_INVALID'],
    ['a table that needs quotes', () => mysqlStore(pool, { table: 'a`b' }), 'ERR_OPTION_INVALID'],
    [
      'transaction mode, which it has not',
      () => mysqlStore(pool, { transaction: true } as object),
      'ERR_OPTION_UNKNOWN',
    ],
  ])('%s is refused', (_, make, expected) => {
    expect(make).toThrow(code(expected))
  })

  it('a new event is one statement, any other two; renew and finish are one each', async () => {
    const sent: string[] = []
    const counting = mysqlStore({
      getConnection: async () => {
        const connection = await pool.getConnection()
        return {
          execute: (statement: mysql.QueryOptions) => {
            sent.push(statement.sql.split(' ')[0] ?? '')
            return connection.execute(statement)
          },
          release: () => connection.release(),
          destroy: () => connection.destroy(),
        }
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

  it('64 claims on a pool of 2 that the application holds fail within a second, and none of them lands later', async () => {
    const small = poolOf({ connectionLimit: 2 })
    const held = await Promise.all([small.getConnection(), small.getConnection()])
    const starved = mysqlStore(small)
    const before = performance.now()
    const claims = await Promise.allSettled(Array.from({ length: 64 }, (_, i) => starved.claim(`k${i}`, claim)))
    expect(performance.now() - before).toBeLessThan(1500)
    for (const result of claims)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_STORE_TIMEOUT' } })
    for (const connection of held) connection.release()
    expect(await starved.claim('k1', other)).toMatchObject({ status: 'won', attempt: 1 })
    const [rows] = await pool.query('SELECT 1 FROM hookproof_events')
    expect(rows).toHaveLength(1)
  })

  it('a row that a foreign transaction has locked fails a claim within a second and costs the pool no connection', async () => {
    await store.claim('k', { ...claim, leaseMs: 1 })
    const small = poolOf({ connectionLimit: 1 })
    const holder = await pool.getConnection()
    await holder.query('START TRANSACTION')
    await holder.query("SELECT 1 FROM hookproof_events WHERE `key` = 'k' FOR UPDATE")
    const before = performance.now()
    await expect(mysqlStore(small).claim('k', other)).rejects.toThrow(code('ERR_STORE_TIMEOUT'))
    expect(performance.now() - before).toBeLessThan(1500)
    await small.query('SELECT 1')
    expect(performance.now() - before).toBeLessThan(5000)
    await holder.query('ROLLBACK')
    holder.release()
  })

  it.each([1213, 1020])('a statement that the server gave up for error %i is sent again', async (errno) => {
    let failures = 2
    const failing = mysqlStore({
      getConnection: async () => {
        const connection = await pool.getConnection()
        return {
          execute: async (statement: mysql.QueryOptions) => {
            if (failures-- > 0) throw Object.assign(new Error('try again'), { errno })
            return await connection.execute(statement)
          },
          release: () => connection.release(),
          destroy: () => connection.destroy(),
        }
      },
    })
    expect(await failing.claim('k', claim)).toMatchObject({ status: 'won', attempt: 1 })
  })

  it('nobody there is ERR_STORE_UNAVAILABLE', async () => {
    const nowhere = mysqlStore(poolOf({ uri: 'mysql://root@127.0.0.1:1/none' }))
    await expect(nowhere.claim('k', claim)).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'))
  })

  it('connections that the server kills are ERR_STORE_UNAVAILABLE at most once each, then all is known as before', async () => {
    await store.claim('k', claim)
    await store.finish('k', done)
    const admin = await mysql.createConnection(url)
    const [processes] = await admin.query(
      'SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND db = DATABASE()',
    )
    for (const { id } of processes as { id: number }[]) await admin.query(`KILL ${id}`)
    await admin.end()
    const after = await Promise.resolve(store.claim('k', other)).catch((error: unknown) => error)
    if (after instanceof Error) expect(after).toEqual(code('ERR_STORE_UNAVAILABLE'))
    expect(await store.claim('k', other)).toMatchObject({ status: 'done' })
  })

  it('a connection that may only read is ERR_STORE_UNAVAILABLE', async () => {
    const reading = poolOf({ connectionLimit: 1 })
    await reading.query('SET SESSION TRANSACTION READ ONLY')
    await expect(mysqlStore(reading).claim('k', claim)).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'))
  })

  it('a read-only server is ERR_STORE_UNAVAILABLE, the sender gets 503, nothing runs, and check() tells', async () => {
    // An administrator may write all the same.
    await pool.query("CREATE USER IF NOT EXISTS application@'%' IDENTIFIED BY 'password'")
    await pool.query("GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO application@'%'")
    const address = new URL(url)
    address.username = 'application'
    address.password = 'password'
    const reading = mysqlStore(poolOf({ uri: address.href }))
    const { receiver: acme, errors } = receiver({ store: reading })
    let runs = 0
    acme.on('ping', () => ++runs)
    const delivered = () => acme.receive(request({ type: 'ping' }, { id: 'e1' }))
    await pool.query('SET GLOBAL read_only = 1')
    try {
      const refused = expect.objectContaining({
        code: 'ERR_STORE_UNAVAILABLE',
        message: expect.stringContaining('read-only'),
      })
      await expect(reading.claim('k', claim)).rejects.toThrow(refused)
      await expect(reading.finish('k', done)).rejects.toThrow(refused)
      expect(await delivered()).toMatchObject({ status: 503, outcome: 'unavailable' })
      expect({ runs, errors }).toEqual({ runs: 0, errors: ['ERR_STORE_UNAVAILABLE'] })
      expect(await reading.check?.()).toEqual([expect.stringContaining('read-only, a replica perhaps')])
    } finally {
      await pool.query('SET GLOBAL read_only = 0')
    }
    expect(await delivered()).toMatchObject({ status: 200, outcome: 'handled' })
    expect(runs).toBe(1)
  })

  it('check() tells of sessions that commit nothing by themselves, and of a charset that loses letters', async () => {
    const latin = poolOf({ charset: 'latin1', connectionLimit: 1 })
    await latin.query('SET SESSION autocommit = 0')
    expect(await mysqlStore(latin).check?.()).toEqual([
      expect.stringContaining('autocommit is off'),
      expect.stringContaining('charset is latin1'),
    ])
  })

  it.each(['SERIALIZABLE', 'REPEATABLE READ', 'READ COMMITTED'])(
    'under %s storms of new and of lapsed records have one winner each',
    async (level) => {
      const strict = poolOf({ connectionLimit: 4 })
      const connections = await Promise.all([1, 2, 3, 4].map(() => strict.getConnection()))
      for (const connection of connections) {
        await connection.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${level}`)
        connection.release()
      }
      const storming = mysqlStore(strict)
      const signal = AbortSignal.timeout(20_000)
      const storm = async (prefix: string): Promise<number> => {
        const claims = Array.from({ length: 160 }, (_, i) =>
          storming.claim(`${i % 20}`, {
            ...claim,
            nonce: `${prefix}${i}`,
            leaseMs: prefix === 'first' ? 1 : 60_000,
            signal,
          }),
        )
        return (await Promise.all(claims)).filter(({ status }) => status === 'won').length
      }
      expect(await storm('first')).toBeGreaterThanOrEqual(20)
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(await storm('second')).toBe(20)
    },
  )

  it("the session's time zone and the application's clock play no part", async () => {
    const far = poolOf({ connectionLimit: 1 })
    await far.query("SET time_zone = '-11:00'")
    await mysqlStore(far).claim('k', claim)
    expect(await store.claim('k', other)).toMatchObject({ status: 'busy' })
    vi.useFakeTimers({ now: new Date('2099-01-01'), toFake: ['Date'] })
    expect(await store.claim('k', other)).toMatchObject({ status: 'busy' })
    expect(await store.claim('born later', claim)).toMatchObject({ status: 'won' })
    vi.useRealTimers()
    expect(await store.claim('born later', other)).toMatchObject({ status: 'busy' })
  })

  describe('the schema', () => {
    it('a missing table is named with its cure', async () => {
      await expect(mysqlStore(pool, { table: 'absent' }).claim('k', claim)).rejects.toThrow(
        /migrate\(\).*ERR_STORE_SCHEMA/,
      )
    })

    it('a table of an older version is named with its cure; migrate() adds what is missing and keeps the records', async () => {
      await store.claim('k', claim)
      await store.finish('k', { ...done, result: 'r' })
      await pool.query('ALTER TABLE hookproof_events DROP COLUMN progress, DROP COLUMN tag')
      const older = mysqlStore(poolOf())
      await expect(older.claim('k', claim)).rejects.toThrow(code('ERR_STORE_SCHEMA'))
      expect(await older.check?.()).toEqual([
        'table hookproof_events lacks progress, tag: run `await store.migrate()`.',
      ])
      await older.migrate()
      expect(await older.claim('k', claim)).toEqual({ status: 'done', result: 'r', tag: '' })
    })

    it('8 processes may migrate at once', async () => {
      const stores = Array.from({ length: 8 }, () => mysqlStore(poolOf({ connectionLimit: 1 }), { table: 'many' }))
      await Promise.all(stores.map((one) => one.migrate()))
      expect(await stores[0]?.claim('k', claim)).toMatchObject({ status: 'won' })
    })

    it('the exported schema does the same as migrate()', async () => {
      await pool.query('DROP TABLE hookproof_events')
      await pool.query(mysqlSchema)
      expect(await store.check?.()).toEqual([])
    })

    it('columns of a newer version are left alone, by claim, renew, finish and reset', async () => {
      await pool.query("ALTER TABLE hookproof_events ADD COLUMN later VARCHAR(9) NOT NULL DEFAULT 'new'")
      await store.claim('k', claim)
      await pool.query("UPDATE hookproof_events SET later = 'kept'")
      await store.renew('k', claim)
      await store.finish('k', done)
      await store.reset?.('k')
      await store.claim('k', other)
      await store.claim('other', claim)
      const [rows] = await pool.query('SELECT later FROM hookproof_events ORDER BY `key`')
      expect(rows).toEqual([{ later: 'kept' }, { later: 'new' }])
    })
  })

  describe('check', () => {
    it('says nothing about a sound set-up', async () => {
      expect(await store.check?.()).toEqual([])
    })

    it.each<[string, string, RegExp]>([
      [
        'another engine',
        'ALTER TABLE hookproof_events DROP PRIMARY KEY, MODIFY `key` VARBINARY(512), ADD PRIMARY KEY (`key`), ENGINE=MyISAM',
        /MyISAM, not InnoDB/,
      ],
      [
        'a missing index',
        'ALTER TABLE hookproof_events DROP KEY hookproof_events_expires',
        /index hookproof_events_expires is missing/,
      ],
      ['a missing table', 'DROP TABLE hookproof_events', /is missing/],
    ])('tells %s', async (_, text, expected) => {
      await pool.query(text)
      expect(await store.check?.()).toEqual([expect.stringMatching(expected)])
    })

    it.each<[string, string, string, RegExp]>([
      ['a read-only server', 'SET GLOBAL read_only = 1', 'SET GLOBAL read_only = 0', /read-only/],
      [
        'a log that is not forced to disk',
        'SET GLOBAL innodb_flush_log_at_trx_commit = 2',
        'SET GLOBAL innodb_flush_log_at_trx_commit = 1',
        /flush_log/,
      ],
    ])('tells %s', async (_, set, unset, expected) => {
      await pool.query(set)
      const found = await store.check?.()
      await pool.query(unset)
      expect(found).toEqual([expect.stringMatching(expected)])
    })
  })

  it('sweep deletes what is over, at most the limit, and nothing that is held or remembered', async () => {
    for (let i = 0; i < 5; i++) await store.claim(`over ${i}`, { ...claim, leaseMs: 1, retentionMs: 1 })
    await store.claim('held', { ...claim, retentionMs: 1 })
    await store.claim('done', claim)
    await store.finish('done', done)
    await vi.waitUntil(async () => (await store.sweep(3)) === 3)
    expect(await store.sweep()).toBe(2)
    expect(await store.sweep()).toBe(0)
    expect(await store.claim('held', other)).toMatchObject({ status: 'busy' })
    expect(await store.claim('done', other)).toMatchObject({ status: 'done' })
    await expect(async () => store.sweep(0.5)).rejects.toThrow(code('ERR_OPTION_INVALID'))
  })
})

it.each([
  [1114, 'ERR_STORE_FULL'],
  [1194, 'ERR_STORE_CORRUPT'],
  [1205, 'ERR_STORE_TIMEOUT'],
  [1045, 'ERR_STORE_UNAVAILABLE'],
])('the server error %i is %s', (errno, expected) => {
  expect(mysqlError(Object.assign(new Error('x'), { errno }))).toEqual(code(expected))
})
