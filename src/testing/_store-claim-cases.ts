import assert from 'node:assert/strict'
import { kept, LONG, SHORT, type StoreCase } from './_store-record.js'

const firstClaims: readonly StoreCase[] = [
  [
    'claim wins an absent record as the first attempt, with nothing in it',
    async (record) => {
      const won = await record.wins('a', { tag: 'first' })
      assert.deepEqual(
        { ...won, fence: 0, result: won.result },
        {
          status: 'won',
          fence: 0,
          attempt: 1,
          progress: '',
          result: undefined,
          tag: 'first',
        },
      )
      assert.ok(Number.isSafeInteger(won.fence) && won.fence > 0, 'the fence is a positive safe integer')
    },
  ],
  [
    'claim meets a busy record while another nonce holds the lease, and learns how long it lasts and whose it is',
    async (record) => {
      await record.wins('a', { tag: 'first' })
      const busy = await record.meets('busy', 'b', { tag: 'second' })
      assert.ok(busy.status === 'busy' && busy.retryAfterMs > 0 && busy.retryAfterMs <= LONG, 'time left of the lease')
      assert.equal(busy.tag, 'first')
    },
  ],
  [
    'claim repeated with the same nonce wins again with the same fence and attempt',
    async (record) => {
      const first = await record.wins('a')
      assert.deepEqual(await record.wins('a'), first)
      assert.deepEqual(await record.wins('a'), first)
      await record.meets('busy', 'b')
    },
  ],
  [
    'claim repeated with the same nonce after the lease lapsed holds a full lease again',
    async (record) => {
      const first = await record.lapsed('a')
      assert.deepEqual(await record.wins('a'), first)
      await record.meets('busy', 'b')
    },
  ],
  [
    'claims of different keys do not touch each other',
    async (record, another) => {
      await record.wins('a')
      await another().wins('b')
      await another().settled('c', 'done')
      await record.meets('busy', 'd')
    },
  ],
]

const freeRecords: readonly StoreCase[] = [
  [
    'claim wins a free record with the next attempt and a higher fence',
    async (record) => {
      const first = await record.settled('a', 'free')
      const second = await record.wins('b')
      assert.equal(second.attempt, 2)
      assert.ok(second.fence > first.fence, 'the fence rises')
      await record.meets('busy', 'c')
    },
  ],
  [
    'claim by the nonce that freed the record is a new attempt',
    async (record) => {
      const first = await record.settled('a', 'free')
      const second = await record.wins('a')
      assert.equal(second.attempt, 2)
      assert.ok(second.fence > first.fence, 'the fence rises')
    },
  ],
  [
    'claim of a free record hands over progress and result',
    async (record) => {
      await record.settled('a', 'free', kept)
      const { progress, result } = await record.wins('b')
      assert.deepEqual({ progress, result }, kept)
    },
  ],
  [
    'claim of a free record with rerun keeps progress and result: nothing was finished',
    async (record) => {
      await record.settled('a', 'free', kept)
      const { progress, result, attempt } = await record.wins('b', { rerun: true })
      assert.deepEqual({ progress, result, attempt }, { ...kept, attempt: 2 })
    },
  ],
]

const finished = (to: 'done' | 'dead'): readonly StoreCase[] => [
  [
    `claim meets a ${to} record, by whatever nonce, with its result and the first tag`,
    async (record) => {
      await record.wins('a', { tag: 'first' })
      await record.finishes('ok', 'a', to, { result: kept.result })
      for (const nonce of ['a', 'b']) {
        const met = await record.meets(to, nonce, { tag: 'second' })
        assert.deepEqual(met, { status: to, result: kept.result, tag: 'first' })
      }
    },
  ],
  [
    `claim meets a ${to} record without a result where none was given`,
    async (record) => {
      await record.settled('a', to)
      const met = await record.meets(to, 'b')
      assert.equal(met.status === to ? met.result : 'busy', undefined)
    },
  ],
  [
    `claim with rerun wins a ${to} record: progress and result are cleared, attempt and tag kept, the fence rises`,
    async (record) => {
      await record.wins('a', { tag: 'first' })
      await record.finishes('ok', 'a', 'free', kept)
      const before = await record.wins('b')
      await record.finishes('ok', 'b', to, kept)
      const again = await record.wins('c', { tag: 'second', rerun: true })
      assert.deepEqual([again.attempt, again.progress, again.result, again.tag], [3, '', undefined, 'first'])
      assert.ok(again.fence > before.fence, 'the fence rises')
      assert.deepEqual(await record.wins('c', { rerun: true }), again)
      await record.meets('busy', 'd', { rerun: true })
    },
  ],
]

const takeovers: readonly StoreCase[] = [
  [
    'claim takes a lapsed lease over with the next attempt and a higher fence',
    async (record) => {
      const first = await record.lapsed('a')
      const second = await record.wins('b')
      assert.equal(second.attempt, 2)
      assert.ok(second.fence > first.fence, 'the fence rises')
      await record.meets('busy', 'a')
    },
  ],
  [
    'claim that takes a lease over keeps progress, result and tag of the last settled attempt',
    async (record) => {
      await record.wins('a', { tag: 'first' })
      await record.finishes('ok', 'a', 'free', kept)
      await record.lapsed('b', { tag: 'second' })
      const { progress, result, tag, attempt } = await record.wins('c', { tag: 'third' })
      assert.deepEqual({ progress, result, tag, attempt }, { ...kept, tag: 'first', attempt: 3 })
    },
  ],
  [
    'claim with rerun takes a lapsed lease over with its progress, and never a live one',
    async (record) => {
      await record.settled('a', 'free', kept)
      await record.lapsed('b')
      const { progress, result } = await record.wins('c', { rerun: true })
      assert.deepEqual({ progress, result }, kept)
      await record.meets('busy', 'd', { rerun: true })
    },
  ],
  [
    'claim with rerun of an absent record is a first attempt',
    async (record) => {
      assert.equal((await record.wins('a', { rerun: true })).attempt, 1)
      await record.meets('busy', 'b', { rerun: true })
    },
  ],
  [
    'fence and attempt rise with every owner, however it came about',
    async (record) => {
      const owners = [await record.settled('a', 'free'), await record.lapsed('b')]
      owners.push(await record.settled('c', 'done'), await record.wins('d', { rerun: true }))
      await record.finishes('ok', 'd', 'free')
      owners.push(await record.wins('e'))
      assert.deepEqual(
        owners.map(({ attempt }) => attempt),
        [1, 2, 3, 4, 5],
      )
      const fences = owners.map(({ fence }) => fence)
      assert.deepEqual(
        fences,
        [...new Set(fences)].sort((a, b) => a - b),
      )
    },
  ],
]

const renewals: readonly StoreCase[] = [
  [
    'renew by the owner prolongs the lease',
    async (record) => {
      await record.wins('a', { leaseMs: SHORT })
      assert.equal(await record.renew('a'), true)
      await record.lapse()
      await record.meets('busy', 'b')
    },
  ],
  [
    'renew brings a lapsed lease back that nobody took',
    async (record) => {
      const first = await record.lapsed('a')
      assert.equal(await record.renew('a'), true)
      await record.meets('busy', 'b')
      assert.deepEqual(await record.wins('a'), first)
    },
  ],
  [
    'renew by another nonce is refused and prolongs nothing',
    async (record) => {
      await record.wins('a', { leaseMs: SHORT })
      assert.equal(await record.renew('b'), false)
      await record.lapse()
      assert.equal(await record.renew('b'), false)
      assert.equal((await record.wins('c')).attempt, 2)
    },
  ],
  [
    'renew by the former owner is refused after a takeover',
    async (record) => {
      await record.lapsed('a')
      const owner = await record.wins('b')
      assert.equal(await record.renew('a'), false)
      assert.deepEqual(await record.wins('b'), owner)
    },
  ],
  [
    'renew of an absent record is refused and creates nothing',
    async (record) => {
      assert.equal(await record.renew('a'), false)
      assert.equal((await record.wins('b')).attempt, 1)
    },
  ],
  ...(['done', 'dead', 'free'] as const).map(
    (to): StoreCase => [
      `renew of a ${to} record is refused and changes nothing, even by the nonce that left it so`,
      async (record) => {
        await record.settled('a', to)
        assert.equal(await record.renew('a'), false)
        assert.equal(await record.renew('b'), false)
        if (to === 'free') assert.equal((await record.wins('c')).attempt, 2)
        else await record.meets(to, 'c')
      },
    ],
  ),
]

/** Who may own a record, and for how long. */
export const claimCases: readonly StoreCase[] = [
  ...firstClaims,
  ...freeRecords,
  ...finished('done'),
  ...finished('dead'),
  ...takeovers,
  ...renewals,
]
