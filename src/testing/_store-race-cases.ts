import assert from 'node:assert/strict'
import type { StoreCase } from './_store-record.js'

const many = (count: number, name: string): string[] => Array.from({ length: count }, (_, index) => `${name}${index}`)

/** What holds when several ask at once. */
export const raceCases: readonly StoreCase[] = [
  [
    'of 200 claims at once one wins, and the others meet it busy',
    async (record) => {
      const claims = await Promise.all(many(200, 'n').map((nonce) => record.claim(nonce, { tag: nonce })))
      const won = claims.filter(({ status }) => status === 'won')
      assert.equal(won.length, 1, 'winners')
      assert.equal(claims.filter(({ status }) => status === 'busy').length, 199, 'busy')
      assert.deepEqual([...new Set(claims.map(({ tag }) => tag))], [won[0]?.tag])
    },
  ],
  [
    'in 40 races of 8 for a lapsed lease one takes it over each time',
    async (record, another) => {
      const races = many(40, 'race').map(() => another())
      await Promise.all(races.map((race) => race.wins('crashed', { leaseMs: 1 })))
      await record.lapse()
      const winners = await Promise.all(
        races.map(async (race) => {
          const claims = await Promise.all(many(8, 'n').map((nonce) => race.claim(nonce)))
          return claims.filter(({ status }) => status === 'won').length
        }),
      )
      assert.deepEqual([...new Set(winners)], [1])
    },
  ],
  [
    'in 40 races of 8 for a free record one wins each time, as the second attempt',
    async (_record, another) => {
      const races = many(40, 'race').map(() => another())
      const attempts = await Promise.all(
        races.map(async (race) => {
          await race.settled('first', 'free')
          const claims = await Promise.all(many(8, 'n').map((nonce) => race.claim(nonce)))
          return claims.flatMap((claim) => (claim.status === 'won' ? [claim.attempt] : []))
        }),
      )
      assert.deepEqual(
        attempts,
        races.map(() => [2]),
      )
    },
  ],
  [
    '20 claims at once by one nonce are one claim',
    async (record) => {
      const claims = await Promise.all(many(20, 'copy').map(() => record.wins('a')))
      assert.equal(new Set(claims.map(({ fence, attempt }) => `${fence} ${attempt}`)).size, 1)
    },
  ],
  [
    'where an owner finishes while another takes its lapsed lease, exactly one of the two succeeds',
    async (record, another) => {
      const races = many(20, 'race').map(() => another())
      await Promise.all(races.map((race) => race.wins('slow', { leaseMs: 1 })))
      await record.lapse()
      for (const race of races) {
        const [finished, claimed] = await Promise.all([race.finish('slow', 'done'), race.claim('quick')])
        assert.ok(
          (finished === 'ok' && claimed.status === 'done') || (finished === 'lost' && claimed.status === 'won'),
          `finish is ${finished} and claim ${claimed.status}`,
        )
      }
    },
  ],
  [
    'of an owner that finishes twice at once both hear ok',
    async (record) => {
      await record.wins('a')
      const heard = await Promise.all([record.finish('a', 'done'), record.finish('a', 'done')])
      assert.deepEqual(heard, ['ok', 'ok'])
    },
  ],
  [
    '100 keys claimed at once are all won',
    async (_record, another) => {
      const claims = await Promise.all(many(100, 'n').map((nonce) => another().claim(nonce)))
      assert.equal(claims.filter(({ status }) => status === 'won').length, 100)
    },
  ],
]
