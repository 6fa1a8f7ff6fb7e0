import assert from 'node:assert/strict'
import { gate } from './_gate.js'
import type { TransactionCase } from './_transaction-record.js'

/** A verb of another delivery may take this long, whatever a transaction holds. */
const AT_MOST_MS = 1500

const oneCommit: readonly TransactionCase[] = [
  [
    'an event runs once: effect and done are one commit, and a duplicate gets the reply and the first tag',
    async (record) => {
      await record.ran(1, { tag: 'first' })
      await record.has(1)
      await record.meets({ status: 'done', result: 'reply', tag: 'first' })
      await record.has(1)
    },
  ],
  [
    'nothing is visible from outside before the commit',
    async (record) => {
      await record.transact(async (transaction) => {
        await record.subject.write(transaction, record.key)
        await record.has(0)
        return { value: undefined }
      })
      await record.has(1)
    },
  ],
  [
    'an event without a result is done without one',
    async (record) => {
      await record.transact(async () => ({ value: 1 }))
      const met = await record.effect()
      assert.equal(met.status === 'done' ? met.result : met.status, undefined)
    },
  ],
  [
    'with rerun a finished event runs again as the next attempt',
    async (record) => {
      await record.ran(1)
      await record.ran(2, { rerun: true })
      await record.has(2)
    },
  ],
  [
    'a done event is forgotten after its retention',
    async (record) => {
      await record.ran(1, { retentionMs: 60, maxRunMs: 60 })
      await record.lease.lapse()
      await record.ran(1)
    },
  ],
]

const sharedRow: readonly TransactionCase[] = [
  [
    'a record that is done or dead in lease mode is so in transaction mode',
    async (record, another) => {
      await record.lease.settled('a', 'done', { result: 'r' })
      await record.meets({ status: 'done', result: 'r', tag: 'tag' })
      const dead = another()
      await dead.lease.settled('a', 'dead')
      assert.equal((await dead.effect()).status, 'dead')
      await dead.has(0)
    },
  ],
  [
    'a record that is held in lease mode is busy in transaction mode, and taken over when the lease is over',
    async (record) => {
      await record.lease.wins('a', { tag: 'first' })
      const busy = await record.effect()
      assert.ok(busy.status === 'busy' && busy.retryAfterMs > 1000 && busy.tag === 'first')
      await record.has(0)
      await record.lease.renew('a', { leaseMs: 1 })
      await record.lease.lapse()
      await record.ran(2)
      await record.lease.finishes('lost', 'a', 'done')
      assert.equal(await record.lease.renew('a'), false)
    },
  ],
  [
    'a record that is done in transaction mode is so in lease mode, with result and tag',
    async (record) => {
      await record.ran(1, { tag: 'first' })
      assert.deepEqual(await record.lease.meets('done', 'a'), { status: 'done', result: 'reply', tag: 'first' })
    },
  ],
  [
    'failures written in lease mode count as attempts and can end an event for good',
    async (record) => {
      await assert.rejects(record.transact(() => Promise.reject(new Error('failed'))))
      await record.lease.settled('mark', 'free')
      await assert.rejects(record.transact(() => Promise.reject(new Error('failed'))))
      assert.equal((await record.lease.wins('mark')).attempt, 2)
      await record.lease.finishes('ok', 'mark', 'dead')
      await record.meets({ status: 'dead', tag: 'tag' })
    },
  ],
]

const copies: readonly TransactionCase[] = [
  [
    'a copy that comes while the event runs is busy, and neither it nor a verb of lease mode waits for the handlers',
    async (record) => {
      const [started, release] = [gate(), gate()]
      const running = record.transact(async (transaction) => {
        await record.subject.write(transaction, record.key)
        started.open()
        await release.opened
        return { value: 'first' }
      })
      await started.opened
      const before = performance.now()
      const copy = await record.effect()
      assert.ok(copy.status === 'busy' && copy.retryAfterMs > 0, 'the copy is busy')
      assert.ok(performance.now() - before < 500, 'the copy is answered at once')
      // Databases with one writer may say that they could not be asked.
      const claimed = await record.lease.claim('b').catch(() => ({ status: 'busy' }))
      assert.equal(claimed.status, 'busy')
      assert.ok(performance.now() - before < AT_MOST_MS, 'the claim does not wait for the handlers')
      release.open()
      assert.deepEqual(await running, { status: 'ran', value: 'first' })
      await record.has(1)
    },
  ],
  [
    'of 8 copies each of 12 events at once, delivered until they are done, every event has one effect',
    async (_record, another) => {
      const records = Array.from({ length: 12 }, another)
      const deliver = async (record: (typeof records)[number]): Promise<void> => {
        for (let tries = 0; tries < 500; tries++) {
          const { status } = await record.effect()
          if (status !== 'busy') return
          await new Promise((resolve) => setTimeout(resolve, 5 + 20 * Math.random()))
        }
        assert.fail('busy for ever')
      }
      await Promise.all(records.flatMap((record) => Array.from({ length: 8 }, () => deliver(record))))
      for (const record of records) await record.has(1)
    },
  ],
]

/** Who runs, and what is then seen from outside. */
export const runCases: readonly TransactionCase[] = [...oneCommit, ...sharedRow, ...copies]
