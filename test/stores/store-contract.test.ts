import { describe, expect, it } from 'vitest'
import { storeContract } from '../../src/testing/store-contract.js'
import { type Fault, ReferenceStore } from '../support/reference-store.js'

function contractOf(fault?: Fault): ReturnType<typeof storeContract> {
  let now = 1_000_000
  return storeContract(() => new ReferenceStore(() => now, fault), {
    advance: (ms) => {
      now += ms
    },
  })
}

async function redCases(fault: Fault): Promise<string[]> {
  const red: string[] = []
  for (const { title, run } of contractOf(fault)) {
    await run().catch((error: { code?: string }) => {
      if (error.code !== 'ERR_ASSERTION') throw error
      red.push(title)
    })
  }
  return red
}

describe('the store contract on the reference store', () => {
  for (const { title, run } of contractOf()) it(title, run)
})

describe('the store contract', () => {
  it('has at least 35 cases, no two of one title', () => {
    const titles = contractOf().map(({ title }) => title)
    expect(titles.length).toBeGreaterThanOrEqual(35)
    expect(new Set(titles).size).toBe(titles.length)
  })

  it('disposes of every store that it made, also after a failure', async () => {
    const made: object[] = []
    const disposed: object[] = []
    const cases = storeContract(
      () => {
        const store = new ReferenceStore(() => 0, 'finish ignores the nonce')
        made.push(store)
        return store
      },
      { advance: () => undefined, dispose: (store) => void disposed.push(store) },
    )
    await Promise.allSettled(cases.map(({ run }) => run()))
    expect(made).toHaveLength(cases.length)
    expect(disposed).toHaveLength(cases.length)
  })

  /** What turns red first for each fault. */
  const faults: readonly (readonly [Fault, string])[] = [
    ['claim ignores the lease', 'claim meets a busy record while another nonce holds the lease'],
    ['claim never takes a lease over', 'claim takes a lapsed lease over'],
    ['claim forgets the nonce', 'claim repeated with the same nonce wins again'],
    ['claim is a get and a set', 'of 200 claims at once one wins'],
    ['claim keeps the fence', 'claim wins a free record with the next attempt and a higher fence'],
    ['claim counts no attempts', 'claim wins a free record with the next attempt'],
    ['claim takes the newest tag', 'claim that takes a lease over keeps progress, result and tag'],
    ['claim drops progress on a takeover', 'claim that takes a lease over keeps progress'],
    ['claim drops progress of a free record', 'claim of a free record hands over progress'],
    ['rerun is ignored', 'claim with rerun wins a done record'],
    ['rerun breaks a live lease', 'claim with rerun takes a lapsed lease over with its progress, and never a live one'],
    ['rerun keeps progress', 'claim with rerun wins a done record'],
    ['rerun starts counting again', 'claim with rerun wins a done record'],
    ['busy tells no tag', 'claim meets a busy record while another nonce holds the lease'],
    ['renew ignores the nonce', 'renew by another nonce is refused'],
    ['renew refuses a lapsed lease', 'renew brings a lapsed lease back'],
    ['renew does not prolong', 'renew by the owner prolongs the lease'],
    ['renew keeps the old retention', 'renew counts the retention from now on'],
    ['finish ignores the nonce', 'finish(done) by another nonce is lost while the record is busy'],
    ['finish refuses a lapsed lease', 'finish(done) after the lease lapsed is ok'],
    ['finish refuses a repetition', 'finish(done) by the owner is ok, and once more'],
    ['finish overwrites final states', 'finish of a done record by another nonce is lost'],
    ['finish keeps the old retention', 'finish counts the retention from now on'],
    ['finish keeps an old result', 'finish(free) leaves exactly the progress and result that it names'],
    ['finish records free late', 'finish(free) of an absent record is lost'],
    ['late is lost', 'finish(done) of an absent record is late'],
    ['late forgets the result', 'finish(done) of an absent record is late'],
    ['records never expire', 'a done record is forgotten after its retention'],
    ['busy records expire', 'a busy record outlives its retention'],
    ['busy records never expire', 'a busy record whose lease and retention are over is absent'],
    ['renew brings expired records back', 'renew and reset of a busy record whose lease and retention are over'],
    ['finish brings expired records back', 'finish(free) by an owner whose lease and retention are over is lost'],
    ['finish brings expired records back', 'finish(done) by an owner whose lease and retention are over is late'],
    ['reset frees busy records', 'reset of a busy record is refused'],
    ['reset keeps progress', 'reset makes a done record free without progress'],
    ['reset forgets the attempt', 'reset makes a done record free without progress and result; attempt and tag stay'],
    ['keys ignore case', 'keys that differ in case'],
    ['keys ignore trailing blanks', 'keys that differ in a trailing blank'],
    ['tags end at a NUL', 'tag, progress and result keep a NUL character'],
    ['results end at 4 KiB', 'a result of 8 KiB is kept'],
    ['numbers are parsed', 'tag, progress and result keep digits that a number type would change'],
  ]

  it.each(faults)('notices a store where %s', async (fault, title) => {
    const red = await redCases(fault)
    expect(red.some((each) => each.startsWith(title))).toBe(true)
  })
})
