import assert from 'node:assert/strict'
import { kept, type StoreCase } from './_store-record.js'

const targets = ['done', 'free', 'dead'] as const

const byOwner: readonly StoreCase[] = [
  ...targets.map(
    (to): StoreCase => [
      `finish(${to}) by the owner is ok, and once more with the same words changes nothing`,
      async (record) => {
        await record.settled('a', to, kept)
        await record.finishes('ok', 'a', to, kept)
        await record.finishes('ok', 'a', to, kept)
        if (to === 'free') assert.equal((await record.wins('b')).attempt, 2)
        else await record.meets(to, 'b')
      },
    ],
  ),
  ...targets.map(
    (to): StoreCase => [
      `finish(${to}) after the lease lapsed is ok while nobody took it`,
      async (record) => {
        await record.lapsed('a')
        await record.finishes('ok', 'a', to)
        if (to === 'free') assert.equal((await record.wins('b')).attempt, 2)
        else await record.meets(to, 'b')
      },
    ],
  ),
  [
    'finish(free) leaves exactly the progress and result that it names',
    async (record) => {
      await record.settled('a', 'free', { progress: 'old', result: 'old' })
      await record.settled('b', 'free', { progress: 'new' })
      const { progress, result } = await record.wins('c')
      assert.deepEqual({ progress, result }, { progress: 'new', result: undefined })
    },
  ],
  [
    'finish(done) without a result forgets the one that finish(free) had left',
    async (record) => {
      await record.settled('a', 'free', kept)
      await record.settled('b', 'done')
      const met = await record.meets('done', 'c')
      assert.equal(met.status === 'done' ? met.result : 'busy', undefined)
    },
  ],
  [
    'finish in another way by the nonce that already finished is lost and changes nothing',
    async (record) => {
      await record.settled('a', 'done', { result: 'r' })
      await record.finishes('lost', 'a', 'free', { progress: 'p' })
      await record.finishes('lost', 'a', 'dead')
      assert.deepEqual(await record.meets('done', 'b'), { status: 'done', result: 'r', tag: 'tag' })
    },
  ],
  [
    'finish of a dead record as done or free is lost, even by the nonce that left it so',
    async (record) => {
      await record.settled('a', 'dead', { result: 'r' })
      await record.finishes('lost', 'a', 'done')
      await record.finishes('lost', 'a', 'free')
      assert.deepEqual(await record.meets('dead', 'b'), { status: 'dead', result: 'r', tag: 'tag' })
    },
  ],
]

const byStrangers: readonly StoreCase[] = [
  ...targets.map(
    (to): StoreCase => [
      `finish(${to}) by another nonce is lost while the record is busy, and the owner keeps it`,
      async (record) => {
        const owner = await record.wins('a')
        await record.finishes('lost', 'b', to, kept)
        await record.finishes('lost', 'b', to)
        assert.deepEqual(await record.wins('a'), owner)
        await record.finishes('ok', 'a', 'done')
      },
    ],
  ),
  ...targets.map(
    (to): StoreCase => [
      `finish(${to}) by the former owner is lost after a takeover, and the new owner keeps the record`,
      async (record) => {
        await record.lapsed('a')
        const owner = await record.wins('b')
        await record.finishes('lost', 'a', to, kept)
        assert.deepEqual(await record.wins('b'), owner)
        await record.finishes('ok', 'b', 'done', { result: 'of b' })
        await record.finishes('lost', 'a', to, kept)
        assert.deepEqual(await record.meets('done', 'c'), { status: 'done', result: 'of b', tag: 'tag' })
      },
    ],
  ),
  ...(['done', 'dead'] as const).map(
    (state): StoreCase => [
      `finish of a ${state} record by another nonce is lost and changes nothing`,
      async (record) => {
        await record.settled('a', state, { result: 'r' })
        for (const to of targets) await record.finishes('lost', 'b', to, kept)
        assert.deepEqual(await record.meets(state, 'c'), { status: state, result: 'r', tag: 'tag' })
      },
    ],
  ),
  ...(['free', 'dead'] as const).map(
    (to): StoreCase => [
      `finish(${to}) of a free record by another nonce is lost and changes nothing`,
      async (record) => {
        await record.settled('a', 'free', kept)
        await record.finishes('lost', 'b', to, { progress: 'x', result: 'x' })
        const { progress, result, attempt } = await record.wins('c')
        assert.deepEqual({ progress, result, attempt }, { ...kept, attempt: 2 })
      },
    ],
  ),
  ...(['free', 'dead'] as const).map(
    (to): StoreCase => [
      `finish(${to}) of an absent record is lost and creates nothing`,
      async (record) => {
        await record.finishes('lost', 'a', to, kept)
        const { attempt, progress, result, tag } = await record.wins('b')
        assert.deepEqual([attempt, progress, result, tag], [1, '', undefined, 'tag'])
      },
    ],
  ),
]

const late: readonly StoreCase[] = [
  [
    'finish(done) of an absent record is late: the effect happened and is remembered',
    async (record) => {
      await record.finishes('late', 'a', 'done', { result: 'r' })
      const met = await record.meets('done', 'b')
      assert.equal(met.status === 'done' ? met.result : 'busy', 'r')
      await record.finishes('ok', 'a', 'done', { result: 'r' })
      await record.finishes('lost', 'b', 'done')
      assert.equal((await record.wins('c', { rerun: true })).attempt, 2, 'the run that came late counts')
    },
  ],
  [
    'finish(done) of a free record is late, whether another nonce says it or the one that freed it',
    async (record, another) => {
      for (const [tried, nonce] of [
        [record, 'b'],
        [another(), 'a'],
      ] as const) {
        await tried.wins('a', { tag: 'first' })
        await tried.finishes('ok', 'a', 'free', kept)
        await tried.finishes('late', nonce, 'done', { result: 'r' })
        assert.deepEqual(await tried.meets('done', 'c'), { status: 'done', result: 'r', tag: 'first' })
        assert.equal((await tried.wins('d', { rerun: true })).attempt, 2)
      }
    },
  ],
]

const resets: readonly StoreCase[] = [
  ...(['done', 'dead'] as const).map(
    (to): StoreCase => [
      `reset makes a ${to} record free without progress and result; attempt and tag stay`,
      async (record) => {
        if (record.store.reset === undefined) return
        await record.wins('a', { tag: 'first' })
        await record.finishes('ok', 'a', to, kept)
        assert.equal(await record.reset(), true)
        assert.equal(await record.reset(), false, 'a repeated reset finds nothing to do')
        const { attempt, progress, result, tag } = await record.wins('b', { tag: 'second' })
        assert.deepEqual([attempt, progress, result, tag], [2, '', undefined, 'first'])
      },
    ],
  ),
  [
    'reset of a busy record is refused, and the owner keeps it, whether the lease is live or lapsed',
    async (record) => {
      if (record.store.reset === undefined) return
      const owner = await record.lapsed('a')
      assert.equal(await record.reset(), false)
      assert.equal(await record.renew('a'), true)
      assert.equal(await record.reset(), false)
      assert.deepEqual(await record.wins('a'), owner)
    },
  ],
  [
    'reset of a free record is refused: it runs anyway, and keeps its progress',
    async (record) => {
      if (record.store.reset === undefined) return
      await record.wins('a')
      await record.finishes('ok', 'a', 'free', { progress: 'kept' })
      assert.equal(await record.reset(), false)
      assert.equal((await record.wins('b')).progress, 'kept')
    },
  ],
  [
    'reset of an absent record is refused and creates nothing',
    async (record) => {
      if (record.store.reset === undefined) return
      assert.equal(await record.reset(), false)
      assert.equal((await record.wins('a')).attempt, 1)
    },
  ],
]

/** How a run ends, and how that is taken back. */
export const finishCases: readonly StoreCase[] = [...byOwner, ...byStrangers, ...late, ...resets]
