import Database from 'libsql'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { type SqlStore, sqliteStore } from '../../src/stores/sqlite.js'
import type { ClaimOptions } from '../../src/types.js'
import { sqliteFolder } from '../support/sqlite.js'
import { claim, done, keys } from '../support/store-calls.js'

type Libsql = InstanceType<typeof Database>

const folder = sqliteFolder()
afterAll(folder.remove)
afterEach(() => {
  vi.useRealTimers()
})

const pragmaOf = (database: Libsql, name: string): unknown => {
  const [row] = database.prepare(`PRAGMA ${name}`).all()
  return Object.values(row as object)[0]
}
const failure = (code: string): Error => Object.assign(new Error('made by the test'), { code })
/** How each ended: its status, or the code of its error. */
const endings = async (asked: readonly Promise<{ status: string }>[]): Promise<string[]> =>
  (await Promise.allSettled(asked)).map((one) => (one.status === 'fulfilled' ? one.value.status : one.reason.code))

type Run = (...values: unknown[]) => unknown
/** A statement outside of any transaction, in place of its text. */
const SINGLE = 'a single statement'

class Watched {
  readonly file = folder.file()
  readonly database = new Database(this.file)
  readonly outside = new Database(this.file)
  readonly store: SqlStore = sqliteStore(this.database)
  /** What the store has executed, but for its statements. */
  readonly executed: string[] = []
  /** How many statements wrote outside of any transaction. */
  single = 0
  /** Called with each of these before it is executed. */
  before: (sql: string) => void = () => undefined

  static async create(): Promise<Watched> {
    const made = new Watched()
    await made.store.migrate()
    const { exec } = made.database
    made.database.exec = (sql: string) => {
      made.executed.push(sql)
      made.before(sql)
      return exec.call(made.database, sql)
    }
    const { prepare } = made.database
    made.database.prepare = ((sql: string) => {
      const statement = prepare.call(made.database, sql)
      const run = statement.run.bind(statement) as Run
      const watched: Run = (...values) => {
        if (!made.database.inTransaction) {
          made.single++
          made.before(SINGLE)
        }
        return run(...values)
      }
      return Object.assign(statement, { run: watched })
    }) as typeof prepare // as the type of its result has many forms
    return made
  }

  count(sql: string): number {
    return this.executed.filter((one) => one === sql).length
  }

  /** The keys that another connection sees, those of `keys()` in their order. */
  seen(): string[] {
    const rows = this.outside.prepare('SELECT key FROM hookproof_events ORDER BY length(key), key').all() as {
      key: string
    }[]
    return rows.map(({ key }) => key)
  }

  claims(names: readonly string[], options: (key: string) => ClaimOptions = claim): Promise<{ status: string }>[] {
    return names.map(async (key) => this.store.claim(key, options(key)))
  }

  /** The next that are asked share a commit. */
  async crowd(): Promise<void> {
    await Promise.all(this.claims(keys(18).map((key) => `crowd ${key}`)))
    this.executed.length = 0
  }

  /** The next that is asked runs at once. */
  async alone(): Promise<void> {
    await this.store.claim('alone', claim('alone'))
    this.executed.length = 0
    this.single = 0
  }
}

describe('writes of one turn of the event loop', () => {
  it.each([
    [1, 1],
    [2, 1],
    [64, 1],
    [65, 2],
    [200, 4],
  ])('%i claims are %i commits', async (count, commits) => {
    const events = await Watched.create()
    expect(await endings(events.claims(keys(count)))).toEqual(Array(count).fill('won'))
    expect(events.count('COMMIT')).toBe(commits)
    expect(events.seen()).toEqual(keys(count))
  })

  it.each<[string, number, (store: SqlStore, key: string) => unknown, unknown]>([
    ['a renewal', 1, (store, key) => store.renew?.(key, claim(key)), true],
    ['a finish', 1, (store, key) => store.finish(key, done(key)), 'ok'],
    ['a finish of what nobody holds', 2, (store, key) => store.finish(`new ${key}`, done(key)), 'late'],
    ['a reset', 1, (store, key) => store.reset?.(`done ${key}`), true],
    ['a claim of a free record', 2, async (store, key) => (await store.claim(`free ${key}`, claim(key))).status, 'won'],
  ])('%s has %i commits, however many are asked', async (_, commits, verb, answer) => {
    const events = await Watched.create()
    for (const to of ['held', 'done', 'free'] as const) {
      const prefix = to === 'held' ? '' : `${to} `
      await Promise.all(events.claims(keys(10).map((key) => prefix + key)))
      if (to === 'held') continue
      for (const key of keys(10)) await events.store.finish(prefix + key, { ...done(prefix + key), to })
    }
    await events.crowd()
    expect(await Promise.all(keys(10).map((key) => verb(events.store, key)))).toEqual(Array(10).fill(answer))
    expect(events.count('BEGIN IMMEDIATE')).toBe(commits)
  })

  it('share a commit when each is asked in a callback of its own', async () => {
    const events = await Watched.create()
    const later = (key: string): Promise<{ status: string }> =>
      new Promise((resolve) => setImmediate(async () => resolve(await events.store.claim(key, claim(key)))))
    expect(await endings(keys(20).map(later))).toEqual(Array(20).fill('won'))
    expect(events.count('COMMIT')).toBe(1)
  })

  it('are answered where a test has replaced the timers', async () => {
    const events = await Watched.create()
    vi.useFakeTimers()
    expect(await endings(events.claims(keys(3)))).toEqual(['won', 'won', 'won'])
  })

  it('are judged in the order in which they were asked', async () => {
    const events = await Watched.create()
    const { store } = events
    const answers = await Promise.all([
      store.claim('k', claim('a')),
      store.claim('k', claim('b')),
      store.renew?.('k', claim('b')),
      store.renew?.('k', claim('a')),
      store.finish('k', done('b')),
      store.finish('k', done('a')),
      store.claim('other', claim('c')),
      store.claim('k', claim('d')),
    ])
    const over = expect.objectContaining({ status: 'done' })
    const won = expect.objectContaining({ status: 'won', attempt: 1 })
    expect(answers).toEqual([won, over, false, true, 'lost', 'ok', won, over])
  })

  it('has one winner of 64 claims of one key, the first', async () => {
    const events = await Watched.create()
    const answers = await Promise.all(keys(64).map((nonce) => events.store.claim('same', claim(nonce))))
    expect(answers.map(({ status }) => status)).toEqual(['won', ...Array(63).fill('busy')])
  })
})

describe('a write that comes alone', () => {
  it('is committed before the call returns, for 16 times', async () => {
    const events = await Watched.create()
    await events.alone()
    for (const key of keys(16)) {
      const asked = events.store.claim(key, claim(key))
      expect(events.seen()).toContain(key)
      await asked
    }
    const seventeenth = events.store.claim('k16', claim('k16'))
    expect(events.seen()).not.toContain('k16')
    expect(await seventeenth).toMatchObject({ status: 'won' })
  })

  it('is followed by 16 of a crowd at most, and all others share a commit', async () => {
    const events = await Watched.create()
    await events.alone()
    expect(await endings(events.claims(keys(50)))).toEqual(Array(50).fill('won'))
    expect({ single: events.single, commits: events.count('COMMIT') }).toEqual({ single: 16, commits: 1 })
    await Promise.all(events.claims(keys(50).map((key) => `next ${key}`)))
    expect({ single: events.single, commits: events.count('COMMIT') }).toEqual({ single: 16, commits: 2 })
  })

  it.each<[string, (events: Watched) => Promise<unknown>, unknown]>([
    ['a claim', async ({ store }) => (await store.claim('new', claim('new'))).status, 'won'],
    ['a claim of a record that is over', async ({ store }) => (await store.claim('over', claim('new'))).status, 'won'],
    ['a finish', async ({ store }) => store.finish('k0', done('k0')), 'ok'],
    ['a finish of what nobody holds', async ({ store }) => store.finish('new', done('new')), 'late'],
    ['a renewal', async ({ store }) => store.renew?.('k0', claim('k0')), true],
    ['a reset', async ({ store }) => store.reset?.('k1'), true],
  ])('needs no transaction, and waits for a lock without an open snapshot: %s', async (_, verb, answer) => {
    const events = await Watched.create()
    await Promise.all(events.claims(['k0', 'k1', 'over']))
    await events.store.finish('k1', done('k1'))
    events.outside.exec("UPDATE hookproof_events SET expires_at = 1 WHERE key = 'over'")
    await events.alone()
    events.outside.exec('BEGIN IMMEDIATE')
    const asked = verb(events)
    await new Promise((resolve) => setTimeout(resolve, 30))
    const isOpen = (): boolean => Number(events.database.prepare('SELECT 1 FROM hookproof_events').all().length) > 0
    expect(isOpen()).toBe(true)
    events.outside.exec("INSERT INTO hookproof_events (key, expires_at) VALUES ('from outside', 9e15)")
    events.outside.exec('COMMIT')
    const seen = events.database.prepare("SELECT key FROM hookproof_events WHERE key = 'from outside'").all()
    events.database.exec('BEGIN')
    events.database.exec('COMMIT')
    expect({ seen: seen.length, answer: await asked }).toEqual({ seen: 1, answer })
    expect(events.count('BEGIN IMMEDIATE')).toBe(0)
    expect(pragmaOf(events.database, 'query_only')).toBe(0)
  })

  it('that waited for a lock in vain is not written', async () => {
    const events = await Watched.create()
    await events.alone()
    events.outside.exec('BEGIN IMMEDIATE')
    expect(await endings(events.claims(['k0']))).toEqual(['ERR_STORE_TIMEOUT'])
    events.outside.exec('COMMIT')
    expect(await endings(events.claims(['k1']))).toEqual(['won'])
    expect(events.seen()).toEqual(['k1', 'alone'])
  })

  it('waits for who reads where the journal is not a log, and is written once', async () => {
    const events = await Watched.create()
    await events.alone()
    events.database.exec('PRAGMA journal_mode = DELETE')
    expect(pragmaOf(events.outside, 'journal_mode')).toBe('delete')
    events.outside.exec('BEGIN')
    expect(events.seen()).toEqual(['alone'])
    const asked = events.store.claim('k0', claim('k0'))
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(pragmaOf(events.database, 'query_only')).toBe(0)
    expect(events.seen()).toEqual(['alone'])
    events.outside.exec('COMMIT')
    expect(await asked).toMatchObject({ status: 'won', attempt: 1 })
    expect(events.seen()).toEqual(['k0', 'alone'])
  })

  it('has a transaction where the driver cannot tell whether one is open', async () => {
    const { database, outside } = await Watched.create()
    const executed: string[] = []
    const store = sqliteStore({
      prepare: (sql) => database.prepare(sql),
      exec: (sql) => {
        executed.push(sql)
        return database.exec(sql)
      },
      close: () => database.close(),
    })
    for (const key of keys(3)) expect(await store.claim(key, claim(key))).toMatchObject({ status: 'won' })
    expect(executed.filter((sql) => sql === 'BEGIN IMMEDIATE')).toHaveLength(3)
    database.exec('BEGIN')
    await expect(store.claim('k3', claim('k3'))).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_STORE_UNAVAILABLE' }),
    )
    database.exec('ROLLBACK')
    expect(outside.prepare('SELECT key FROM hookproof_events').all()).toHaveLength(3)
  })
})

describe('a commit of several', () => {
  it('that fails gives nobody an answer: each is committed by itself', async () => {
    const events = await Watched.create()
    let seen: string[] | undefined
    events.before = (sql) => {
      if (sql !== 'COMMIT') return
      seen ??= events.seen()
      if (events.count('COMMIT') === 1) throw failure('SQLITE_IOERR_FSYNC')
    }
    expect(await endings(events.claims(keys(5)))).toEqual(Array(5).fill('won'))
    expect({ seen, commits: events.count('COMMIT') }).toEqual({ seen: [], commits: 6 })
    expect(events.seen()).toEqual(keys(5))
  })

  it.each([
    ['SQLITE_FULL', 'ERR_STORE_FULL'],
    ['SQLITE_IOERR_FSYNC', 'ERR_STORE_UNAVAILABLE'],
    ['SQLITE_BUSY', 'ERR_STORE_TIMEOUT'],
  ])('that goes on failing with %s is %s for each, and nothing is written', async (fault, code) => {
    const events = await Watched.create()
    events.before = (sql) => {
      if (sql === 'COMMIT' || sql === SINGLE) throw failure(fault)
    }
    expect(await endings(events.claims(keys(5)))).toEqual(Array(5).fill(code))
    expect(events.seen()).toEqual([])
    expect(events.database.inTransaction).toBe(false)
    events.before = () => undefined
    expect(await endings(events.claims(keys(5)))).toEqual(Array(5).fill('won'))
  })

  it('that is busy is tried again, and not by each', async () => {
    const events = await Watched.create()
    events.before = (sql) => {
      if (sql === 'COMMIT' && events.count('COMMIT') === 1) throw failure('SQLITE_BUSY')
    }
    expect(await endings(events.claims(keys(20)))).toEqual(Array(20).fill('won'))
    // A loaded machine may wake them in several turns.
    expect(events.count('COMMIT')).toBeLessThan(20)
  })

  it.each(['ABORT', 'FAIL', 'ROLLBACK'])('in which one statement fails with %s is without it', async (kind) => {
    const events = await Watched.create()
    events.outside.exec(`CREATE TRIGGER no BEFORE INSERT ON hookproof_events WHEN NEW.key = 'k3'
      BEGIN SELECT RAISE(${kind}, 'not this one'); END`)
    const expected = keys(8).map((key) => (key === 'k3' ? 'ERR_STORE_UNAVAILABLE' : 'won'))
    expect(await endings(events.claims(keys(8)))).toEqual(expected)
    expect(events.seen()).toEqual(keys(8).filter((key) => key !== 'k3'))
    expect(events.database.inTransaction).toBe(false)
  })

  it('that does not fit on the disk is as many as do', async () => {
    const events = await Watched.create()
    events.database.exec('PRAGMA max_page_count = 10')
    const big = (nonce: string): ClaimOptions => claim(nonce, { tag: 'x'.repeat(2000) })
    const ended = await endings(events.claims(keys(20), big))
    expect(new Set(ended)).toEqual(new Set(['won', 'ERR_STORE_FULL']))
    expect(events.seen()).toEqual(keys(20).filter((_, index) => ended[index] === 'won'))
  })
})

describe('several that wait for a lock of another connection', () => {
  it('have it together, once it is free', async () => {
    const events = await Watched.create()
    events.outside.exec('BEGIN IMMEDIATE')
    const asked = endings(events.claims(keys(30)))
    await new Promise((resolve) => setTimeout(resolve, 50))
    events.outside.exec('COMMIT')
    expect(await asked).toEqual(Array(30).fill('won'))
    expect(events.count('COMMIT')).toBeLessThan(30)
  })

  it('are refused in time where it never is, and the event loop runs on', async () => {
    const events = await Watched.create()
    events.outside.exec('BEGIN IMMEDIATE')
    let ticks = 0
    const timer = setInterval(() => ticks++, 10)
    const before = performance.now()
    expect(await endings(events.claims(keys(50)))).toEqual(Array(50).fill('ERR_STORE_TIMEOUT'))
    expect(performance.now() - before).toBeLessThan(1000)
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(20)
    events.outside.exec('COMMIT')
    expect(events.seen()).toEqual([])
  })

  it('have each a deadline of its own, after which it is not written', async () => {
    const events = await Watched.create()
    events.outside.exec('BEGIN IMMEDIATE')
    const impatient = new AbortController()
    const patient = new AbortController()
    const asked = events.claims(keys(4), (key) =>
      claim(key, { signal: key === 'k1' ? impatient.signal : patient.signal }),
    )
    await new Promise((resolve) => setTimeout(resolve, 20))
    impatient.abort()
    await expect(asked[1]).rejects.toMatchObject({ code: 'ERR_STORE_TIMEOUT' })
    events.outside.exec('COMMIT')
    expect(await endings(asked)).toEqual(['won', 'ERR_STORE_TIMEOUT', 'won', 'won'])
    expect(events.seen()).toEqual(['k0', 'k2', 'k3'])
  })
})

it('a write whose deadline is over at the end of its turn is not in the commit of the others', async () => {
  const events = await Watched.create()
  const controller = new AbortController()
  const asked = events.claims(keys(3), (key) => claim(key, key === 'k1' ? { signal: controller.signal } : {}))
  controller.abort()
  expect(await endings(asked)).toEqual(['won', 'ERR_STORE_TIMEOUT', 'won'])
  expect(events.seen()).toEqual(['k0', 'k2'])
  expect(events.count('COMMIT')).toBe(1)
})

describe('a database that the application uses as well', () => {
  it('refuses all that are asked while a transaction of it is open, and none is in it', async () => {
    const events = await Watched.create()
    const asked = endings(events.claims(keys(5)))
    events.database.exec('BEGIN')
    expect(await asked).toEqual(Array(5).fill('ERR_STORE_UNSAFE'))
    events.database.exec('COMMIT')
    expect(events.seen()).toEqual([])
    expect(await endings(events.claims(keys(5)))).toEqual(Array(5).fill('won'))
  })

  it('has its busy_timeout back after a group, within which it is set once', async () => {
    const file = folder.file()
    const database = new Database(file)
    database.exec('PRAGMA busy_timeout = 4321')
    const exec = vi.spyOn(database, 'exec')
    const store = sqliteStore(database)
    await store.migrate()
    exec.mockClear()
    await Promise.all(keys(9).map((key) => store.claim(key, claim(key))))
    const executed = exec.mock.calls.map(([sql]) => sql)
    const [zero, restored] = ['PRAGMA busy_timeout = 0', 'PRAGMA busy_timeout = 4321']
    expect(executed).toEqual([zero, 'BEGIN IMMEDIATE', 'COMMIT', restored])
  })
})

describe('a store that is closed', () => {
  const opened: Libsql[] = []
  const make = async (): Promise<{ file: string; store: SqlStore }> => {
    const file = folder.file()
    const store = sqliteStore(() => {
      opened.push(new Database(file))
      return opened.at(-1)!
    })
    await store.migrate()
    return { file, store }
  }
  const rows = (file: string): number => new Database(file).prepare('SELECT key FROM hookproof_events').all().length

  it('first runs what waits for the end of the turn', async () => {
    const { file, store } = await make()
    const asked = keys(5).map(async (key) => store.claim(key, claim(key)))
    await store.close?.()
    expect(opened.at(-1)?.open).toBe(false)
    expect(await endings(asked)).toEqual(Array(5).fill('won'))
    expect(rows(file)).toBe(5)
  })

  it.each([
    ['for a lock', true],
    ['for a connection', false],
  ])('answers all that wait %s, with a code', async (_, locked) => {
    const { file, store } = await make()
    const other = new Database(file)
    if (locked) other.exec('BEGIN IMMEDIATE')
    else await store.close?.()
    const asked = keys(5).map(async (key) => store.claim(key, claim(key)))
    if (locked) await new Promise((resolve) => setTimeout(resolve, 10))
    await store.close?.()
    if (locked) other.exec('ROLLBACK')
    const ended = await endings(asked)
    expect(ended.filter((one) => one !== 'won' && !/^ERR_STORE_/.test(one))).toEqual([])
    expect(rows(file)).toBe(ended.filter((one) => one === 'won').length)
  })
})
