import { PermanentError } from 'hookproof'
import Database from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'
import { type SqliteOpener, type SqlStore, sqliteStore } from '../../src/stores/sqlite.js'
import type { TransactionOptions } from '../../src/types.js'
import { gate, receiver, request } from '../support/acme.js'
import { sqliteFolder } from '../support/sqlite.js'

type Libsql = InstanceType<typeof Database>

const folder = sqliteFolder()
afterAll(folder.remove)

const busy = expect.objectContaining({ status: 'busy', retryAfterMs: 1000, tag: 'tag' })
/** Enough for everything that waits for nothing but the event loop. */
const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

class Queue {
  readonly file: string
  readonly outside: Libsql
  readonly store: SqlStore<Libsql>
  /** Events whose handler has begun. */
  readonly began: string[] = []

  constructor(open?: (file: string) => ReturnType<SqliteOpener<Libsql>>) {
    this.file = folder.file()
    this.outside = new Database(this.file)
    this.store = sqliteStore<Libsql>(() => open?.(this.file) ?? new Database(this.file), { transaction: true })
  }

  deliver(
    key: string,
    handler: (transaction: Libsql) => unknown = () => undefined,
    options: Partial<TransactionOptions> = {},
  ): Promise<{ readonly status: string }> {
    const { signal } = new AbortController()
    const all = { tag: 'tag', retentionMs: 60_000, maxRunMs: 60_000, signal, ...options }
    const run = async (transaction: Libsql): Promise<{ value: unknown }> => {
      this.began.push(key)
      return { value: await handler(transaction) }
    }
    return this.store.transaction?.(key, all, run) ?? Promise.reject(new Error('no transaction mode'))
  }

  /** An event that holds the file until `release`, or until `abort` although its handler goes on for ever. */
  async holding(key = 'holder'): Promise<{ ended: Promise<unknown>; release: () => void; abort: () => void }> {
    const [started, end] = [gate(), gate()]
    const controller = new AbortController()
    const handler = async (): Promise<void> => {
      started.open()
      await end.promise
    }
    const ended = this.deliver(key, handler, { signal: controller.signal }).catch((error: unknown) => error)
    await started.promise
    return { ended, release: end.open, abort: () => controller.abort() }
  }
}

async function queue(open?: (file: string) => ReturnType<SqliteOpener<Libsql>>): Promise<Queue> {
  const made = new Queue(open)
  await made.store.migrate()
  made.outside.exec('CREATE TABLE effects (key TEXT)')
  return made
}

describe('events of one SQLite store in transaction mode', () => {
  it('run one at a time in the order of arrival, and none is turned away', async () => {
    const events = await queue()
    const names = Array.from({ length: 30 }, (_, index) => `event ${index}`)
    let running = 0
    const ended = await Promise.all(
      names.map((name) =>
        events.deliver(name, async (transaction) => {
          expect(++running).toBe(1)
          transaction.prepare('INSERT INTO effects VALUES (?)').run(name)
          await new Promise((resolve) => setImmediate(resolve))
          running--
        }),
      ),
    )
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['ran']))
    expect(events.began).toEqual(names)
    const rows = events.outside.prepare('SELECT key FROM effects ORDER BY rowid').all() as { key: string }[]
    expect(rows.map(({ key }) => key)).toEqual(names)
  })

  it.each(['runs', 'waits'])('a copy of an event that %s is busy at once', async (state) => {
    const events = await queue()
    const holder = await events.holding()
    const second = events.deliver('second')
    expect(await events.deliver(state === 'runs' ? 'holder' : 'second')).toEqual(busy)
    holder.release()
    expect(await holder.ended).toMatchObject({ status: 'ran' })
    expect(await second).toMatchObject({ status: 'ran' })
    expect(events.began).toEqual(['holder', 'second'])
  })

  it('a handler that hangs loses its turn at the signal, and the next has it', async () => {
    const events = await queue()
    const holder = await events.holding()
    const second = events.deliver('second')
    holder.abort()
    expect(await holder.ended).toMatchObject({ code: 'ERR_HANDLER_TIMEOUT' })
    expect(await second).toMatchObject({ status: 'ran' })
  })

  it.each(['first', 'in the middle', 'last'])('one that is aborted while it waits %s leaves, busy', async (place) => {
    const events = await queue()
    const holder = await events.holding()
    const controller = new AbortController()
    const names = ['a', 'b', 'c']
    const leaver = { first: 'a', 'in the middle': 'b', last: 'c' }[place]
    const waiting = names.map((name) =>
      events.deliver(name, undefined, name === leaver ? { signal: controller.signal } : {}),
    )
    controller.abort()
    expect(await waiting[names.indexOf(leaver ?? '')]).toEqual(busy)
    expect(await events.deliver('aborted before', undefined, { signal: AbortSignal.abort() })).toEqual(busy)
    holder.release()
    await Promise.all(waiting)
    expect(events.began).toEqual(['holder', ...names.filter((name) => name !== leaver)])
    expect(await events.deliver(leaver ?? '')).toMatchObject({ status: 'ran' })
  })

  it('one that is aborted at the moment of its turn leaves too, and the next has it', async () => {
    const events = await queue()
    const holder = await events.holding()
    const controller = new AbortController()
    const waiting = [events.deliver('a', undefined, { signal: controller.signal }), events.deliver('b')]
    holder.release()
    await holder.ended
    controller.abort()
    expect(await waiting[0]).toEqual(busy)
    expect(await waiting[1]).toMatchObject({ status: 'ran' })
  })

  it('one that has waited for half of its maxRunMs is busy, while the turn still lasts', async () => {
    const events = await queue()
    const holder = await events.holding()
    const second = events.deliver('second', undefined, { maxRunMs: 40 })
    const third = events.deliver('third')
    expect(await second).toEqual(busy)
    holder.release()
    expect(await third).toMatchObject({ status: 'ran' })
    expect(events.began).toEqual(['holder', 'third'])
  })

  it('no more than 1,000 wait', async () => {
    const events = await queue()
    const holder = await events.holding()
    const leaving = Array.from({ length: 1000 }, () => new AbortController())
    const waiting = leaving.map(({ signal }, index) => events.deliver(`${index}`, undefined, { signal }))
    expect(await events.deliver('one too many')).toEqual(busy)
    for (const controller of leaving) controller.abort()
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set(['busy']))
    const next = events.deliver('next')
    holder.release()
    expect(await next).toMatchObject({ status: 'ran' })
  })

  it('a delivery inside of a handler waits for that handler in vain, and ends with its own patience', async () => {
    const events = await queue()
    const outer = await events.deliver('outer', () => events.deliver('inner', undefined, { maxRunMs: 40 }))
    expect(outer).toEqual({ status: 'ran', value: busy })
    expect(await events.deliver('inner')).toMatchObject({ status: 'ran' })
  })

  it('those that wait when the store is closed are busy, and the one that runs is done', async () => {
    const events = await queue()
    const holder = await events.holding()
    const waiting = [events.deliver('a'), events.deliver('b')]
    await events.store.close?.()
    expect(await Promise.all(waiting)).toEqual([busy, busy])
    holder.release()
    expect(await holder.ended).toMatchObject({ status: 'ran' })
    expect(await events.deliver('a')).toMatchObject({ status: 'ran' })
  })
})

describe('a connection that cannot be opened in transaction mode', () => {
  it.each<[string, () => Promise<Libsql>, object]>([
    ['fails', () => Promise.reject(new Error('EMFILE')), { message: 'EMFILE' }],
    ['never comes', () => new Promise(() => undefined), { code: 'ERR_STORE_TIMEOUT' }],
  ])('and %s ends the turn of its event only', async (_, fail, error) => {
    let opened = 0
    // The first is the store's own, the second the holder's.
    const events = await queue((file) => (++opened === 3 ? fail() : new Database(file)))
    const holder = await events.holding()
    const [second, third] = [events.deliver('second').catch((thrown: unknown) => thrown), events.deliver('third')]
    holder.release()
    expect(await second).toMatchObject(error)
    expect(await third).toMatchObject({ status: 'ran' })
    expect(await events.deliver('second')).toMatchObject({ status: 'ran' })
  })

  it('and comes too late is closed', async () => {
    const late = gate<Libsql>()
    let opened = 0
    const events = await queue((file) => (++opened === 2 ? late.promise : new Database(file)))
    await expect(events.deliver('a')).rejects.toMatchObject({ code: 'ERR_STORE_TIMEOUT' })
    const database = new Database(events.file)
    late.open(database)
    await turnOfTheLoop()
    expect(database.open).toBe(false)
  })
})

describe("the database's write lock in transaction mode", () => {
  it('is tried once: while another connection writes, an event is busy and has not run', async () => {
    const begins: string[] = []
    const events = await queue((file) => {
      const database = new Database(file)
      const { exec } = database
      database.exec = (sql: string) => {
        if (sql.startsWith('BEGIN')) begins.push(sql)
        return exec.call(database, sql)
      }
      return database
    })
    begins.length = 0
    events.outside.exec('BEGIN IMMEDIATE')
    expect(await events.deliver('a')).toEqual(busy)
    events.outside.exec('COMMIT')
    expect({ begins, began: events.began }).toEqual({ begins: ['BEGIN IMMEDIATE'], began: [] })
    expect(await events.deliver('a')).toMatchObject({ status: 'ran' })
  })

  it('is free between two events for a verb that waits for it, however many events wait', async () => {
    const events = await queue()
    await events.deliver('done before')
    const [first, second] = [await events.holding('first'), events.holding('second')]
    const forgotten = events.store.reset?.('done before')
    await turnOfTheLoop()
    first.release()
    const { release, ended } = await second
    expect(await forgotten).toBe(true)
    release()
    await ended
  })

  it('is free for the sweeper before an event takes it', async () => {
    const events = await queue()
    events.outside.exec(`INSERT INTO hookproof_events (key, state, fence, nonce, lease_until, attempts, tag, expires_at)
      VALUES ('over', 2, 1, 'n', 1, 1, 'tag', 1)`)
    const expired = (): unknown[] => events.outside.prepare("SELECT key FROM hookproof_events WHERE key = 'over'").all()
    for (let claim = 1; claim < 255; claim++) await events.deliver('one and the same')
    const holder = await events.holding()
    const seen = events.deliver('claim 256', expired)
    await turnOfTheLoop()
    holder.release()
    expect(await seen).toEqual({ status: 'ran', value: [] })
  })
})

it('a failed event is written down before the next that waits takes the file for long', async () => {
  const events = await queue()
  const { receiver: acme, errors } = receiver<Libsql>({ store: events.store })
  const [started, fail, running, end] = [gate(), gate(), gate(), gate()]
  acme.on('failing', async () => {
    started.open()
    await fail.promise
    throw new PermanentError('never')
  })
  acme.on('long', async () => {
    running.open()
    await end.promise
  })
  const failing = acme.receive(request({ type: 'failing' }, { id: 'e1' }))
  await started.promise
  const long = acme.receive(request({ type: 'long' }))
  fail.open()
  await running.promise
  expect(await failing).toMatchObject({ status: 200, outcome: 'handled' })
  end.open()
  expect(await long).toMatchObject({ status: 200, outcome: 'handled' })
  expect(await acme.receive(request({ type: 'failing' }, { id: 'e1' }))).toMatchObject({ outcome: 'duplicate' })
  expect({ errors, storeErrors: acme.counters.storeErrors }).toEqual({
    errors: ['ERR_HANDLER_PERMANENT'],
    storeErrors: 0,
  })
})
