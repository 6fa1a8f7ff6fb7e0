import { isDeepStrictEqual } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Settled, SettledRecords } from '../../src/stores/_settled.js'
import { type Eviction, type MemoryStore, type MemoryStoreOptions, memoryStore } from '../../src/stores/memory.js'
import { storeContract } from '../../src/testing/store-contract.js'
import { type Fault, ReferenceStore } from '../support/reference-store.js'
import { commands, replay } from '../support/store-commands.js'

const day = 86_400_000

function clocked(options: MemoryStoreOptions = {}) {
  const clock = { now: 1_000_000 }
  return { clock, store: memoryStore({ ...options, now: () => clock.now }) }
}

const claim = (store: MemoryStore, key: string, over: { rerun?: boolean; retentionMs?: number; tag?: string } = {}) =>
  store.claim(key, { nonce: `of ${key}`, leaseMs: 30_000, retentionMs: day, tag: '', ...over })

function settle(store: MemoryStore, key: string, to: 'done' | 'dead' | 'free' = 'done', retentionMs = day): void {
  expect(claim(store, key).status).toBe('won')
  expect(store.finish(key, { nonce: `of ${key}`, to, progress: '', retentionMs })).toBe('ok')
}

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('the memory store keeps the contract', () => {
  describe('with a clock that is set', () => {
    let now = 5_000
    const advance = (ms: number): void => {
      now += ms
    }
    for (const { title, run } of storeContract(() => memoryStore({ now: () => now }), { advance })) it(title, run)
  })

  describe("by the process's own clock", () => {
    for (const { title, run } of storeContract(() => memoryStore())) it(title, run)
  })
})

describe('the memory store and the plainest one', () => {
  const sequences = commands({ leases: [10, 1_000], advances: [1, 10, 11, 1_000, 2_000_000_000] })
  const compared = (fault?: Fault) =>
    fc.asyncProperty(sequences, async (sequence) => {
      const answers = [
        (now: () => number) => memoryStore({ now }),
        (now: () => number) => new ReferenceStore(now, fault),
      ]
      const [ours, plain] = await Promise.all(
        answers.map((make) => {
          let now = 1_000
          const advance = (ms: number): void => {
            now += ms
          }
          return replay(
            make(() => now),
            sequence,
            { prefix: '', advance },
          )
        }),
      )
      expect(ours).toEqual(plain)
    })

  it('answer alike to any sequence of calls', async () => {
    await fc.assert(compared(), { numRuns: 3_000 })
  })

  it.each<Fault>([
    'finish ignores the nonce',
    'rerun keeps progress',
    'late is lost',
    'renew does not prolong',
    'reset keeps progress',
  ])('differ where, in the plain one, %s', async (fault) => {
    expect((await fc.check(compared(fault), { numRuns: 100_000, endOnFailure: true })).failed).toBe(true)
  })
})

describe('a full memory store', () => {
  it('drops the oldest finished record first, then the oldest free one, and tells each', () => {
    const evicted: Eviction[] = []
    const { store } = clocked({ maxRecords: 5, onEvict: (eviction) => evicted.push(eviction) })
    settle(store, 'free 1', 'free')
    settle(store, 'done 1')
    settle(store, 'dead 1', 'dead')
    settle(store, 'free 2', 'free')
    settle(store, 'done 2')
    for (let index = 1; index <= 5; index++) expect(claim(store, `running ${index}`).status).toBe('won')
    expect(evicted).toEqual([
      { key: 'done 1', state: 'done', evictions: 1 },
      { key: 'dead 1', state: 'dead', evictions: 2 },
      { key: 'done 2', state: 'done', evictions: 3 },
      { key: 'free 1', state: 'free', evictions: 4 },
      { key: 'free 2', state: 'free', evictions: 5 },
    ])
    expect([store.size, store.evictions]).toEqual([5, 5])
  })

  it('drops nobody who runs: it refuses, and takes up work again when one of them is finished', () => {
    const { store, clock } = clocked({ maxRecords: 3, onEvict: () => undefined })
    for (const key of ['a', 'b', 'c']) claim(store, key)
    expect(() => claim(store, 'd')).toThrow(expect.objectContaining({ code: 'ERR_STORE_FULL', status: 503 }))
    clock.now += 60_000
    expect(() => claim(store, 'd'), 'a lapsed lease is still a run').toThrow()
    expect(() => store.finish('e', { nonce: 'n', to: 'done', progress: '', retentionMs: 1 })).toThrow()
    expect(claim(store, 'a').status).toBe('won')
    expect(store.finish('b', { nonce: 'of b', to: 'done', progress: '', retentionMs: day })).toBe('ok')
    expect(claim(store, 'd').status).toBe('won')
    expect(claim(store, 'c')).toMatchObject({ status: 'won', attempt: 1 })
  })

  it('takes the room of runs whose lease and retention are over', () => {
    const { store, clock } = clocked({ maxRecords: 2, onEvict: () => undefined })
    claim(store, 'crashed', { retentionMs: 40_000 })
    clock.now += 40_001
    claim(store, 'a')
    expect(claim(store, 'b').status).toBe('won')
    expect(store.evictions).toBe(0)
  })

  it('takes the room of what is past its retention before it drops anything', () => {
    const { store, clock } = clocked({ maxRecords: 100, onEvict: () => undefined })
    for (let index = 0; index < 100; index++) settle(store, `old ${index}`, 'done', 1_000)
    clock.now += 1_001
    for (let index = 0; index < 100; index++) settle(store, `new ${index}`)
    expect(store.evictions).toBe(0)
    for (let index = 0; index < 100; index++) expect(claim(store, `new ${index}`).status).toBe('done')
  })

  it('claims again what it already holds without dropping anything', () => {
    const { store } = clocked({ maxRecords: 2, onEvict: () => undefined })
    settle(store, 'a', 'free')
    settle(store, 'b')
    expect(claim(store, 'a')).toMatchObject({ status: 'won', attempt: 2 })
    expect(claim(store, 'b', { rerun: true })).toMatchObject({ status: 'won', attempt: 2 })
    expect(store.evictions).toBe(0)
  })

  it('warns the process once where nobody asked to be told', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const { store } = clocked({ maxRecords: 1 })
    for (let index = 0; index < 50; index++) settle(store, `k${index}`)
    expect(store.evictions).toBe(49)
    expect(warn.mock.calls.map(([, options]) => options)).toEqual([
      { type: 'HookproofWarning', code: 'WARN_STORE_EVICTED' },
    ])
  })
})

describe('memory store', () => {
  it('forgets what is past its retention while it works, without a timer', () => {
    const { store, clock } = clocked()
    for (let index = 0; index < 5_000; index++) settle(store, `old ${index}`, index % 2 ? 'done' : 'free', 1_000)
    clock.now += 1_001
    for (let index = 0; index < 5_000; index++) settle(store, `new ${index}`)
    expect(store.size).toBe(5_000)
  })

  it('keeps the process alive by nothing', () => {
    const before = process.getActiveResourcesInfo()
    const store = memoryStore()
    for (let index = 0; index < 3_000; index++) settle(store, `k${index}`)
    claim(store, 'running')
    expect(process.getActiveResourcesInfo()).toEqual(before)
  })

  it('gives fences that rise over a restart of the process, being microseconds since the epoch', () => {
    const before = Date.now() * 1_000
    const won = memoryStore().claim('k', { nonce: 'n', leaseMs: 1, retentionMs: 1, tag: '' })
    expect(won).toMatchObject({ status: 'won' })
    expect(won.status === 'won' && Math.abs(won.fence - before)).toBeLessThan(60_000_000)
  })

  it('says in production that it is volatile, and elsewhere nothing', () => {
    const store = memoryStore()
    expect([store.warnings, store.check()]).toEqual([[], []])
    vi.stubEnv('NODE_ENV', 'production')
    expect(store.warnings.map(({ code }) => code)).toEqual(['WARN_STORE_VOLATILE'])
    expect(store.check()).toEqual([expect.stringContaining('per process')])
  })

  it('tells by check() that it had to drop records', () => {
    const { store } = clocked({ maxRecords: 1, onEvict: () => undefined })
    settle(store, 'a')
    settle(store, 'b')
    expect(store.check()).toEqual([expect.stringContaining('raise maxRecords')])
  })

  it.each([
    [{ maxRecords: 0 }, 'ERR_OPTION_INVALID'],
    [{ maxRecords: Number.NaN }, 'ERR_OPTION_INVALID'],
    [{ maxRecords: '10' }, 'ERR_OPTION_INVALID'],
    [{ onEvict: true }, 'ERR_OPTION_INVALID'],
    [{ now: 5 }, 'ERR_OPTION_INVALID'],
    [{ maxrecords: 5 }, 'ERR_OPTION_UNKNOWN'],
  ])('refuses the options %o with %s', (options, code) => {
    expect(() => memoryStore(options as MemoryStoreOptions)).toThrow(
      expect.objectContaining({ code, name: 'ConfigError' }),
    )
  })

  it('does not keep the bodies alive from which its tags were cut', () => {
    setFlagsFromString('--expose-gc')
    const gc: () => void = runInNewContext('gc')
    const store = memoryStore()
    gc()
    const before = process.memoryUsage().heapUsed
    for (let index = 0; index < 100; index++) {
      const tag = Buffer.alloc(1_000_000, `body ${index} `).toString('latin1').slice(500_000, 500_040)
      claim(store, `k${index}`, { tag })
      store.finish(`k${index}`, { nonce: `of k${index}`, to: 'done', progress: '', retentionMs: day })
      expect(claim(store, `k${index}`)).toMatchObject({ status: 'done', tag })
    }
    gc()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000)
  })
})

describe('records in columns', () => {
  const record = (over: Partial<Settled>): Settled => ({
    state: 'done',
    attempt: 1,
    expires: 5,
    by: 7,
    tag: '',
    progress: '',
    result: undefined,
    ...over,
  })

  it('are a map and a queue, whatever is added and deleted', () => {
    // Latin-1, beyond it, and longer than a page: each is kept in a way of its own.
    const forms = [String, (n: number) => `clé ${n}`, (n: number) => `€${n}`, (n: number) => `${n}`.padEnd(70_000, 'x')]
    const key = fc
      .tuple(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 99 }))
      .map(([number, form]) => (forms[form > 3 ? 0 : form] ?? String)(number))
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.tuple(fc.constant('add' as const), key, fc.option(fc.string(), { nil: undefined })) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('delete' as const), key, fc.constant(undefined)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('drop' as const), key, fc.constant(undefined)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('expire' as const), key, fc.constant(undefined)) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 9_000, size: 'max' }), (steps) => {
        const records = new SettledRecords()
        const model = new Map<string, Settled>()
        const now = 5
        // Assertions of the test runner are too slow for a quarter of a million comparisons.
        const same = (ours: unknown, theirs: unknown): void => {
          if (!isDeepStrictEqual(ours, theirs)) expect(ours).toEqual(theirs)
        }
        for (const [verb, name, text] of steps) {
          if (verb === 'drop') {
            const [oldest] = model
            same(records.dropOldest(), oldest && { key: oldest[0], state: oldest[1].state })
            if (oldest !== undefined) model.delete(oldest[0])
          } else if (verb === 'expire') {
            records.expire(now, 3)
            for (const [key, { expires }] of [...model].slice(0, 3)) {
              if (expires > now) break
              model.delete(key)
            }
          } else if (verb === 'add' && !model.has(name)) {
            const state = name.endsWith('7') ? 'dead' : 'done'
            const tag = text ?? ''
            const attempt = Math.min(name.length, 99)
            const added = record({ state, tag, progress: tag, result: text, attempt, expires: Number(name) % 10 || 5 })
            records.add(name, added)
            model.set(name, added)
          } else {
            same(records.get(name), model.get(name))
            same(records.delete(name), model.delete(name))
          }
          same(records.size, model.size)
        }
        for (const [name, expected] of model) same(records.get(name), expected)
      }),
      { numRuns: 20 },
    )
  })

  it('survive 200 000 insertions, and leave in the order in which they came', () => {
    const records = new SettledRecords()
    for (let index = 0; index < 200_000; index++) records.add(`k${index}`, record({ attempt: index % 100 }))
    for (let index = 0; index < 200_000; index++) {
      if (records.get(`k${index}`)?.attempt !== index % 100) throw new Error(`k${index} is lost`)
      if (records.dropOldest()?.key !== `k${index}`) throw new Error(`k${index} is not the oldest`)
    }
    expect([records.size, records.dropOldest()]).toEqual([0, undefined])
  })

  it.each([
    ['a few of each thousand', 300],
    ['one of each thousand', 1024],
    ['half', 2],
  ])('of which %s are left stay in order, and take room for themselves only', async (_, every) => {
    setFlagsFromString('--expose-gc')
    const gc: () => void = runInNewContext('gc')
    // What a collection finds is freed by other threads, and counted when the next one begins.
    const buffers = async (): Promise<number> => {
      for (let round = 0; round < 3; round++) {
        gc()
        await new Promise(setImmediate)
      }
      return process.memoryUsage().arrayBuffers
    }
    const before = await buffers()
    const records = new SettledRecords()
    const many = 200_000
    const name = (index: number): string => (index % 7 === 0 ? `€${index}` : `k${index}`)
    for (let index = 0; index < many; index++)
      records.add(name(index), record({ tag: `t${index}`, attempt: index % 99 }))
    // 7919 is a prime that does not divide their number: in no order, each once.
    for (let step = 0; step < many; step++) {
      const index = (step * 7919) % many
      if (index % every !== 0 && !records.delete(name(index))) throw new Error(`${name(index)} is lost`)
    }
    const left = Array.from({ length: Math.ceil(many / every) }, (_, index) => index * every)
    expect(records.size).toBe(left.length)
    // Segments of 75 KB that are a quarter full at worst, and what 200,000 buckets need.
    expect((await buffers()) - before).toBeLessThan(left.length * 600 + 2_000_000)
    for (const index of left) {
      const found = records.get(name(index))
      if (found?.tag !== `t${index}` || found.attempt !== index % 99) throw new Error(`${name(index)} is lost`)
    }
    for (const index of left) if (records.dropOldest()?.key !== name(index)) throw new Error('not in order')
    expect(records.size).toBe(0)
  })

  it('count attempts up to 16 383 and stay there', () => {
    const records = new SettledRecords()
    records.add('k', record({ attempt: 1_000_000, state: 'dead' }))
    expect(records.get('k')).toEqual(record({ attempt: 16_383, state: 'dead' }))
  })
})

it('goes on by the same time in a test that replaces the timers after its first claim', async () => {
  const store = memoryStore()
  const claim = (nonce: string) => ({ nonce, leaseMs: 20, retentionMs: 60_000, tag: '' })
  const first = store.claim('k', claim('a'))
  await new Promise((resolve) => setTimeout(resolve, 50))
  try {
    vi.useFakeTimers()
    const second = store.claim('k', claim('b'))
    expect([first, second]).toMatchObject([{ status: 'won' }, { status: 'won', attempt: 2 }])
    vi.advanceTimersByTime(30)
    expect(store.claim('k', claim('c'))).toMatchObject({ status: 'won', attempt: 3 })
  } finally {
    vi.useRealTimers()
  }
})
