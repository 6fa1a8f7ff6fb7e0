import { readFileSync, writeFileSync } from 'node:fs'
import Database from 'libsql'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { findSqlite } from '../../src/stores/_sqlite-driver.js'
import { type SqliteDatabase, type SqlStore, sqliteSchema, sqliteStore } from '../../src/stores/sqlite.js'
import { sqliteFolder } from '../support/sqlite.js'

const folder = sqliteFolder()
afterAll(folder.remove)
afterEach(() => {
  vi.useRealTimers()
})

const options = { nonce: 'n', leaseMs: 60_000, retentionMs: 60_000, tag: 'tag' }
const code = (expected: string) => expect.objectContaining({ code: expected })

const pragma = (database: InstanceType<typeof Database>, name: string): unknown =>
  database.prepare(`PRAGMA ${name}`).all()[0]

async function fresh(): Promise<{ file: string; database: InstanceType<typeof Database>; store: SqlStore }> {
  const file = folder.file()
  const database = new Database(file)
  const store = sqliteStore(database)
  await store.migrate()
  return { file, database, store }
}

describe('options of sqliteStore', () => {
  it.each<[string, () => unknown, string]>([
    ['a number', () => sqliteStore(7 as unknown as string), 'ERR_OPTION_INVALID'],
    ['an object that is no database', () => sqliteStore({} as unknown as SqliteDatabase), 'ERR_OPTION_INVALID'],
    ['a table name that needs quotes', () => sqliteStore(':memory:', { table: 'a"b' }), 'ERR_OPTION_INVALID'],
    ['a misspelt option', () => sqliteStore(':memory:', { tabel: 'x' } as object), 'ERR_OPTION_UNKNOWN'],
    [
      'transactions on one open database',
      () => sqliteStore(new Database(':memory:') as unknown as string, { transaction: true }),
      'ERR_OPTION_INVALID',
    ],
    // Each connection would have an empty database of its own.
    ['transactions in memory', () => sqliteStore(':memory:', { transaction: true }), 'ERR_OPTION_INVALID'],
    ['transactions in a temporary file', () => sqliteStore('', { transaction: true }), 'ERR_OPTION_INVALID'],
  ])('%s is refused', (_, make, expected) => {
    expect(make).toThrow(code(expected))
  })

  it('a function that opens no database is refused at the first claim', async () => {
    const store = sqliteStore((() => 'x') as unknown as () => SqliteDatabase)
    await expect(store.claim('k', options)).rejects.toThrow(code('ERR_OPTION_INVALID'))
  })

  it('has transaction() only where it was asked for', () => {
    expect('transaction' in sqliteStore(':memory:')).toBe(false)
    expect(sqliteStore(folder.file(), { transaction: true }).transaction).toBeTypeOf('function')
  })

  it('a path without any driver names the install', async () => {
    const asked: string[] = []
    const none = (name: string): Promise<unknown> => {
      asked.push(name)
      return Promise.reject(new Error('not found'))
    }
    await expect(findSqlite(none)).rejects.toThrow(/npm install libsql.*ERR_PEER_MISSING/)
    expect(asked).toEqual(['node:sqlite', 'bun:sqlite', 'better-sqlite3', 'libsql'])
  })

  it('a driver that is installed but was never compiled is passed over', async () => {
    const broken = class {
      constructor() {
        throw new Error('Could not locate the bindings file')
      }
    }
    const open = await findSqlite(async (name) => {
      if (name === 'better-sqlite3') return { default: broken }
      if (name === 'libsql') return { default: Database }
      throw new Error('not found')
    })
    expect(await open(':memory:')).toBeInstanceOf(Database)
  })
})

describe('the schema', () => {
  it('a missing table is named with its cure, and nothing is created', async () => {
    const file = folder.file()
    const store = sqliteStore(new Database(file))
    await expect(store.claim('k', options)).rejects.toThrow(/migrate\(\).*ERR_STORE_SCHEMA/)
    expect(new Database(file).prepare('SELECT * FROM sqlite_master').all()).toEqual([])
  })

  it('a table of an older version is named with its cure; migrate() adds what is missing and keeps the records', async () => {
    const { database, store } = await fresh()
    await store.claim('k', options)
    await store.finish('k', { ...options, to: 'done', progress: '', result: 'r' })
    database.exec('ALTER TABLE hookproof_events DROP COLUMN progress; ALTER TABLE hookproof_events DROP COLUMN tag')
    const older = sqliteStore(database)
    await expect(older.claim('k', options)).rejects.toThrow(code('ERR_STORE_SCHEMA'))
    expect(await older.check?.()).toEqual(['table hookproof_events lacks progress, tag: run `await store.migrate()`.'])
    await older.migrate()
    expect(await older.claim('k', options)).toEqual({ status: 'done', result: 'r', tag: '' })
  })

  it('the exported schema does the same as migrate()', async () => {
    const database = new Database(folder.file())
    database.exec(sqliteSchema)
    const store = sqliteStore(database)
    expect(await store.check?.()).toEqual([])
    await store.migrate()
    expect(await store.claim('k', options)).toMatchObject({ status: 'won' })
  })

  it('columns of a newer version are left alone, by claim, renew, finish and reset', async () => {
    const { database, store } = await fresh()
    database.exec("ALTER TABLE hookproof_events ADD COLUMN later TEXT NOT NULL DEFAULT 'new'")
    await store.claim('k', options)
    database.exec("UPDATE hookproof_events SET later = 'kept'")
    await store.renew('k', options)
    await store.finish('k', { ...options, to: 'done', progress: '' })
    await store.reset?.('k')
    await store.claim('k', { ...options, nonce: 'm' })
    await store.claim('other', options)
    expect(database.prepare('SELECT later FROM hookproof_events ORDER BY key').all()).toEqual([
      expect.objectContaining({ later: 'kept' }),
      expect.objectContaining({ later: 'new' }),
    ])
  })
})

describe('faults', () => {
  it('a file that is no database is refused and stays as it is', async () => {
    const file = folder.file()
    const before = Buffer.alloc(8192, 'not a database ')
    writeFileSync(file, before)
    const store = sqliteStore(file)
    await expect(store.claim('k', options)).rejects.toThrow(code('ERR_STORE_CORRUPT'))
    await expect(store.migrate()).rejects.toThrow(code('ERR_STORE_CORRUPT'))
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('a damaged file is refused, and never silently replaced', async () => {
    const { file, database, store } = await fresh()
    for (let i = 0; i < 200; i++) await store.claim(`key ${i}`, options)
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    database.close()
    const bytes = readFileSync(file)
    bytes.fill(0xff, 4096)
    writeFileSync(file, bytes)
    const damaged = sqliteStore(file)
    await expect(damaged.claim('key 1', options)).rejects.toThrow(code('ERR_STORE_CORRUPT'))
    expect(readFileSync(file).subarray(4096).equals(bytes.subarray(4096))).toBe(true)
  })

  it('a full disk is ERR_STORE_FULL; what is there is still known', async () => {
    const { database, store } = await fresh()
    await store.claim('first', options)
    database.exec('PRAGMA max_page_count = 8')
    const filling = async (): Promise<void> => {
      for (let i = 0; i < 1000; i++) await store.claim(`key ${i}`, { ...options, tag: 'x'.repeat(500) })
    }
    await expect(filling()).rejects.toThrow(code('ERR_STORE_FULL'))
    expect(await store.claim('first', { ...options, nonce: 'other' })).toMatchObject({ status: 'busy' })
  })

  it('a connection that may only read is ERR_STORE_UNAVAILABLE, and check() tells', async () => {
    const { database, store } = await fresh()
    database.exec('PRAGMA query_only = ON')
    await expect(store.claim('k', options)).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'))
    expect(await store.check?.()).toEqual(['query_only is on: nothing can be claimed.'])
  })

  it('a folder in place of a file, and a file in no folder, are ERR_STORE_UNAVAILABLE', async () => {
    await expect(sqliteStore(folder.file('.')).claim('k', options)).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'))
    await expect(sqliteStore(folder.file('no/such.db')).claim('k', options)).rejects.toThrow(
      code('ERR_STORE_UNAVAILABLE'),
    )
  })

  it('a file that another writer keeps locked is ERR_STORE_TIMEOUT within a second, and the event loop runs on', async () => {
    const { file, store } = await fresh()
    const other = new Database(file)
    other.exec('BEGIN IMMEDIATE')
    let ticks = 0
    const timer = setInterval(() => ticks++, 10)
    const before = performance.now()
    await expect(store.claim('k', options)).rejects.toThrow(code('ERR_STORE_TIMEOUT'))
    expect(performance.now() - before).toBeLessThan(1000)
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(20)
    other.exec('COMMIT')
    expect(await store.claim('k', options)).toMatchObject({ status: 'won' })
  })

  it('waits no longer than the signal of its caller', async () => {
    const { file, store } = await fresh()
    new Database(file).exec('BEGIN IMMEDIATE')
    const controller = new AbortController()
    const claim = store.claim('k', { ...options, signal: controller.signal })
    controller.abort()
    await expect(claim).rejects.toThrow(code('ERR_STORE_TIMEOUT'))
  })

  it('a write that met a lock does not leave the connection reading the past', async () => {
    const { file, database, store } = await fresh()
    const other = new Database(file)
    other.exec('BEGIN IMMEDIATE')
    await expect(store.claim('k', options)).rejects.toThrow(code('ERR_STORE_TIMEOUT'))
    other.exec('COMMIT')
    const seen = (): number => database.prepare("SELECT key FROM hookproof_events WHERE key LIKE 'new%'").all().length
    for (const expected of [1, 2]) {
      other.exec(`INSERT INTO hookproof_events (key, state, expires_at) VALUES ('new ${expected}', 2, 9e15)`)
      expect(seen()).toBe(expected)
    }
  })

  it('a claim never joins an open transaction of the application', async () => {
    const { database, store } = await fresh()
    database.exec('BEGIN')
    await expect(store.claim('k', options)).rejects.toThrow(code('ERR_STORE_UNSAFE'))
    database.exec('ROLLBACK')
    expect(await store.claim('k', options)).toMatchObject({ status: 'won' })
  })

  it('a database that hands out rows as arrays is asked for objects', async () => {
    const { file } = await fresh()
    const database = new Database(file)
    const prepare = (sql: string) => {
      const statement = database.prepare(sql)
      if (statement.reader) statement.raw(true)
      return Object.assign(statement, {
        setReturnArrays: (enabled: boolean) => (statement.reader ? statement.raw(enabled) : statement),
      })
    }
    const store = sqliteStore({ prepare, exec: (sql) => database.exec(sql), close: () => database.close() })
    await store.claim('k', options)
    await store.finish('k', { ...options, to: 'done', progress: '' })
    expect(await store.claim('k', { ...options, nonce: 'other' })).toMatchObject({ status: 'done' })
    expect(await store.check?.()).toEqual([])
  })

  it('a database that the application has closed is ERR_STORE_UNAVAILABLE', async () => {
    const { database, store } = await fresh()
    await store.claim('k', options)
    database.close()
    await expect(store.finish('k', { ...options, to: 'done', progress: '' })).rejects.toThrow(
      code('ERR_STORE_UNAVAILABLE'),
    )
  })

  it("the application's busy_timeout is as before after a verb", async () => {
    const database = new Database(folder.file())
    database.exec('PRAGMA busy_timeout = 4321')
    const store = sqliteStore(database)
    await store.migrate()
    await store.claim('k', options)
    expect(pragma(database, 'busy_timeout')).toMatchObject({ timeout: 4321 })
  })

  it('a step of the application clock changes nothing: SQLite has its own', async () => {
    const { store } = await fresh()
    await store.claim('k', options)
    for (const now of ['1999-01-01', '2099-01-01']) {
      vi.useFakeTimers({ now: new Date(now), toFake: ['Date'] })
      expect(await store.claim('k', { ...options, nonce: 'other' })).toMatchObject({ status: 'busy' })
      expect(await store.claim(`born ${now}`, options)).toMatchObject({ status: 'won' })
      vi.useRealTimers()
      expect(await store.claim(`born ${now}`, { ...options, nonce: 'other' })).toMatchObject({ status: 'busy' })
    }
  })
})

describe('sweep', () => {
  const count = (database: InstanceType<typeof Database>): number =>
    database.prepare('SELECT key FROM hookproof_events').all().length

  it('deletes what is over, at most the limit, and nothing that is held or remembered', async () => {
    const { database, store } = await fresh()
    for (let i = 0; i < 5; i++) await store.claim(`over ${i}`, { ...options, leaseMs: 1, retentionMs: 1 })
    await store.claim('held', { ...options, retentionMs: 1 })
    await store.claim('done', options)
    await store.finish('done', { ...options, to: 'done', progress: '' })
    await vi.waitUntil(async () => (await store.sweep(3)) === 3)
    expect(count(database)).toBe(4)
    expect(await store.sweep()).toBe(2)
    expect(await store.sweep()).toBe(0)
    expect(await store.claim('held', { ...options, nonce: 'other' })).toMatchObject({ status: 'busy' })
    expect(await store.claim('done', options)).toMatchObject({ status: 'done' })
  })

  it('runs by itself every 256 claims', async () => {
    const { database, store } = await fresh()
    for (let i = 0; i < 300; i++) await store.claim(`over ${i}`, { ...options, leaseMs: 1, retentionMs: 1 })
    await vi.waitUntil(() => count(database) < 60)
  })

  /** Records of which every third is over, at the first and at the last key as well. */
  const fill = (database: InstanceType<typeof Database>, records: number): number => {
    const insert = database.prepare('INSERT INTO hookproof_events (key, state, result, expires_at) VALUES (?, 2, ?, ?)')
    const name = (i: number): string => (i === 0 ? '' : i === records - 1 ? '\u{10ffff}' : `${(i * 7919) % records} é`)
    database.exec('BEGIN')
    let over = 0
    for (let i = 0; i < records; i++) {
      const isOver = i % 3 === 0 || i === records - 1
      over += Number(isOver)
      insert.run(name(i), i % 5 === 0 ? 'x'.repeat(9000) : null, isOver ? 1 : 9e15)
    }
    database.exec('COMMIT')
    return over
  }

  it.each([1, 511, 512, 513, 1024, 3000])('finds what is over wherever it is among %i records', async (records) => {
    const { database, store } = await fresh()
    const over = fill(database, records)
    expect(await store.sweep(10_000)).toBe(over)
    expect(count(database)).toBe(records - over)
    expect(await store.sweep(10_000)).toBe(0)
  })

  it.each([1, 100, 600])('goes on where the limit of %i has stopped it, from wherever it stands', async (limit) => {
    const { database, store } = await fresh()
    const over = fill(database, 3000)
    await store.claim('5', options)
    const found: number[] = []
    do found.push(await store.sweep(limit))
    while (found.at(-1) === limit)
    expect(found.reduce((sum, deleted) => sum + deleted)).toBe(over)
    expect(count(database)).toBe(3000 - over + 1)
  })

  it('takes what is over in the order of the keys, so that what lies together goes together', async () => {
    const { database, store } = await fresh()
    const keys = Array.from({ length: 900 }, (_, i) => String(1000 + i))
    const insert = database.prepare('INSERT INTO hookproof_events (key, expires_at) VALUES (?, 1)')
    for (const key of keys) insert.run(key)
    for (let call = 0; call < 3; call++) expect(await store.sweep(200)).toBe(200)
    const left = database.prepare('SELECT key FROM hookproof_events ORDER BY key').all() as { key: string }[]
    expect(left.map(({ key }) => key)).toEqual(keys.slice(600))
  })

  it('by itself it gets to every record while others are claimed', async () => {
    const { database, store } = await fresh()
    const over = fill(database, 3000)
    const left = (): number =>
      database.prepare("SELECT key FROM hookproof_events WHERE expires_at = 1 AND key NOT LIKE 'claimed%'").all().length
    expect(left()).toBe(over)
    for (let i = 0; left() > 0 && i < 20 * 256; i += 64) {
      await Promise.all(Array.from({ length: 64 }, (_, j) => store.claim(`claimed ${i + j}`, options)))
    }
    expect(left()).toBe(0)
  })

  it('lets others have their turn between two stretches, also where a test has replaced the timers', async () => {
    const { database, store } = await fresh()
    const over = fill(database, 3000)
    let turns = 0
    const realImmediate = setImmediate
    const turn = (): unknown => realImmediate(() => ++turns < 1000 && turn())
    turn()
    vi.useFakeTimers()
    expect(await store.sweep(10_000)).toBe(over)
    expect(turns).toBeGreaterThanOrEqual(3000 / 512)
  })
})

describe('check', () => {
  const place = folder.file('check.db')
  const checkOf = async (
    database: InstanceType<typeof Database>,
    settings: string,
  ): Promise<readonly string[] | undefined> => {
    const store = sqliteStore(database)
    await store.migrate()
    expect(await store.check?.()).toEqual(expect.any(Array))
    database.exec(settings)
    // Settings that can be made safe are made so at the first use; what is changed later is told.
    return await store.check?.()
  }

  it('says nothing about a sound database, whose settings the store has made safe', async () => {
    const database = new Database(place)
    database.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF')
    const store = sqliteStore(database)
    await store.migrate()
    expect(await store.check?.()).toEqual([])
    expect(pragma(database, 'journal_mode')).toMatchObject({ journal_mode: 'wal' })
    expect(pragma(database, 'synchronous')).toMatchObject({ synchronous: 2 })
  })

  it('tells a database in memory', async () => {
    const found = await checkOf(new Database(':memory:'), '')
    expect(found).toContain('the database is in memory: a restart forgets every event.')
  })

  it('leaves nothing behind, and does not wait for another writer', async () => {
    const { file, database, store } = await fresh()
    database.exec('PRAGMA user_version = 7')
    expect(await store.check?.()).toEqual([])
    expect(database.inTransaction).toBe(false)
    const other = new Database(file)
    expect(pragma(other, 'user_version')).toMatchObject({ user_version: 7 })
    other.exec('BEGIN IMMEDIATE')
    expect(await store.check?.()).toEqual([])
    other.exec('ROLLBACK')
    expect(await store.claim('k', options)).toMatchObject({ status: 'won' })
  })

  it('tells a missing table', async () => {
    const store = sqliteStore(new Database(folder.file()))
    expect(await store.check?.()).toEqual([expect.stringContaining('run `await store.migrate()`')])
  })
})

describe('close', () => {
  it('may be called by two at once, also where a driver closes once only', async () => {
    const { file } = await fresh()
    const store = sqliteStore(() => {
      const database = new Database(file)
      return Object.assign(database, {
        close() {
          if (!database.open) throw new Error('database is not open')
          Database.prototype.close.call(database)
        },
      })
    })
    await store.claim('k', options)
    await Promise.all([store.close?.(), store.close?.()])
  })

  it('closes what the store opened and leaves alone what it was given; a closed store opens again', async () => {
    const { file, database, store } = await fresh()
    await store.close?.()
    expect(database.open).toBe(true)
    const opened: InstanceType<typeof Database>[] = []
    const own = sqliteStore(() => {
      opened.push(new Database(file))
      return opened.at(-1) ?? database
    })
    await own.claim('k', options)
    await own.close?.()
    expect(opened.map(({ open }) => open)).toEqual([false])
    await own.claim('k', options)
    expect(opened.map(({ open }) => open)).toEqual([false, true])
  })
})
