import assert from 'node:assert/strict'
import { kept, LONG, SHORT, type StoreCase } from './_store-record.js'

/** A retention that a slow machine does not outrun between two calls. */
const LATER = 10 * SHORT

const retention: readonly StoreCase[] = [
  ...(['done', 'free', 'dead'] as const).map(
    (to): StoreCase => [
      `a ${to} record is forgotten after its retention: the next claim is a first attempt`,
      async (record) => {
        await record.wins('a', { tag: 'first' })
        await record.finishes('ok', 'a', to, { ...kept, retentionMs: SHORT })
        await record.lapse()
        const { attempt, progress, result, tag } = await record.wins('b', { tag: 'second' })
        assert.deepEqual([attempt, progress, result, tag], [1, '', undefined, 'second'])
      },
    ],
  ),
  [
    'a busy record outlives its retention while the lease lasts',
    async (record) => {
      await record.wins('a', { leaseMs: LONG, retentionMs: SHORT })
      await record.lapse()
      await record.meets('busy', 'b')
      await record.finishes('ok', 'a', 'done')
    },
  ],
  [
    'a renewed record outlives its retention while the lease lasts',
    async (record) => {
      await record.wins('a')
      assert.equal(await record.renew('a', { leaseMs: LONG, retentionMs: SHORT }), true)
      await record.lapse()
      await record.meets('busy', 'b')
    },
  ],
  [
    'renew counts the retention from now on',
    async (record) => {
      await record.wins('a', { leaseMs: SHORT, retentionMs: LATER })
      assert.equal(await record.renew('a', { leaseMs: SHORT, retentionMs: LONG }), true)
      await record.advance(LATER)
      assert.equal((await record.wins('b')).attempt, 2)
    },
  ],
  [
    'finish counts the retention from now on',
    async (record) => {
      await record.wins('a', { leaseMs: SHORT, retentionMs: LATER })
      await record.finishes('ok', 'a', 'done', { retentionMs: LONG })
      await record.advance(LATER)
      await record.meets('done', 'b')
    },
  ],
  [
    'a claim that takes over counts the retention from now on',
    async (record) => {
      await record.settled('a', 'free', { retentionMs: LATER })
      await record.lapsed('b', { retentionMs: LONG })
      await record.advance(LATER)
      assert.equal((await record.wins('c')).attempt, 3)
    },
  ],
]

/** An owner that stood still for longer than its record is kept. */
const gone = { leaseMs: SHORT, retentionMs: SHORT }

const expiredOwners: readonly StoreCase[] = [
  [
    'a busy record whose lease and retention are over is absent: a claim by whatever nonce is a first attempt with a higher fence',
    async (record, another) => {
      const owners = [
        { nonce: 'a', one: record },
        { nonce: 'b', one: another() },
      ]
      const fences: number[] = []
      for (const { one } of owners) {
        await one.settled('first', 'free', kept)
        fences.push((await one.wins('a', gone)).fence)
      }
      await record.lapse()
      for (const [index, { nonce, one }] of owners.entries()) {
        const { attempt, progress, result, tag, fence } = await one.wins(nonce, { tag: 'second' })
        assert.deepEqual([attempt, progress, result, tag], [1, '', undefined, 'second'])
        assert.ok(fence > (fences[index] ?? 0), 'the fence rises')
      }
    },
  ],
  [
    'renew and reset of a busy record whose lease and retention are over are refused and bring nothing back',
    async (record) => {
      await record.wins('a', gone)
      await record.lapse()
      assert.equal(await record.renew('a'), false)
      if (record.store.reset !== undefined) assert.equal(await record.reset(), false)
      assert.equal((await record.wins('b')).attempt, 1)
    },
  ],
  ...(['free', 'dead'] as const).map(
    (to): StoreCase => [
      `finish(${to}) by an owner whose lease and retention are over is lost and creates nothing`,
      async (record) => {
        await record.wins('a', gone)
        await record.lapse()
        await record.finishes('lost', 'a', to, kept)
        const { attempt, progress, result } = await record.wins('b')
        assert.deepEqual([attempt, progress, result], [1, '', undefined])
      },
    ],
  ),
  [
    'finish(done) by an owner whose lease and retention are over is late: the effect happened and is remembered',
    async (record) => {
      await record.wins('a', gone)
      await record.lapse()
      await record.finishes('late', 'a', 'done', { result: 'r' })
      await record.finishes('ok', 'a', 'done', { result: 'r' })
      const met = await record.meets('done', 'b')
      assert.equal(met.status === 'done' ? met.result : 'busy', 'r')
    },
  ],
]

/** How long a record is kept, and what is left afterwards: nothing. */
export const expiryCases: readonly StoreCase[] = [...retention, ...expiredOwners]
