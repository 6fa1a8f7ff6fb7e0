import { StoreError } from 'hookproof'
import { describe, expect, it } from 'vitest'
import { gate, receiver, request, watchedStore } from '../support/acme.js'

const down = (): Promise<never> => Promise.reject(new Error('ECONNREFUSED'))

describe('a store that cannot be reached', () => {
  it('is asked once more with the same nonce, then the sender gets 503 and nothing has run', async () => {
    const store = watchedStore()
    const nonces: unknown[] = []
    store.on.claim = (_, __, options) => {
      nonces.push(Reflect.get(options as object, 'nonce'))
      return down()
    }
    const { receiver: acme, errors } = receiver({ store })
    let runs = 0
    acme.on('ping', () => ++runs)
    const reply = await acme.receive(request({ type: 'ping' }))
    expect(reply).toMatchObject({ status: 503, outcome: 'unavailable', headers: { 'retry-after': '5' } })
    expect(nonces).toHaveLength(2)
    expect(new Set(nonces).size).toBe(1)
    expect({ runs, errors }).toEqual({ runs: 0, errors: ['ERR_STORE_UNAVAILABLE'] })
  })

  it('wins where the resend gets through', async () => {
    const store = watchedStore()
    let asked = 0
    store.on.claim = () => (++asked === 1 ? down() : undefined)
    const { receiver: acme } = receiver({ store })
    acme.on('ping', () => undefined)
    expect(await acme.receive(request({ type: 'ping' }))).toMatchObject({ status: 200, outcome: 'handled' })
  })

  it.each([null, undefined, {}, 'won', { status: 'later' }])(
    'and one that answers %o is no better: nothing runs, nothing is taken for a duplicate, no place is held',
    async (odd) => {
      for (const claim of [() => odd, () => Promise.resolve(odd)]) {
        const store = { ...watchedStore(), claim: claim as never }
        const { receiver: acme, errors } = receiver({ store })
        acme.on('ping', () => undefined)
        expect(await acme.receive(request({ type: 'ping' }))).toMatchObject({ status: 503, outcome: 'unavailable' })
        const { receiver: guarded } = receiver({ store, endpoint: 'guarded', maxConcurrent: 1 })
        const admit = guarded.guard()
        for (let i = 0; i < 2; i++)
          expect(await admit(request())).toMatchObject({ reply: { status: 503, outcome: 'unavailable' } })
        expect(errors).toEqual(['ERR_STORE_UNAVAILABLE'])
      }
    },
  )

  it('that never answers is given up within storeTimeoutMs in all', async () => {
    const store = watchedStore()
    store.on.claim = () => new Promise(() => undefined)
    const { receiver: acme, errors } = receiver({ store, storeTimeoutMs: 100 })
    acme.on('ping', () => undefined)
    const begun = performance.now()
    expect(await acme.receive(request({ type: 'ping' }))).toMatchObject({ status: 503, outcome: 'unavailable' })
    expect(performance.now() - begun).toBeLessThan(250)
    expect(errors).toEqual(['ERR_STORE_TIMEOUT'])
  })

  it("is passed over with onStoreError: 'process', and the effect is remembered", async () => {
    const store = watchedStore()
    store.on.claim = down
    const { receiver: acme } = receiver({ store, onStoreError: 'process' })
    const contexts: unknown[] = []
    acme.on('ping', (_, { deduplicated, attempt, fence }) => {
      contexts.push({ deduplicated, attempt, fence })
    })
    expect(await acme.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({
      status: 200,
      outcome: 'handled',
    })
    expect(contexts).toEqual([{ deduplicated: false, attempt: 0, fence: 0 }])
    delete store.on.claim
    expect(await acme.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({ outcome: 'duplicate' })
  })

  it("and a failing handler with onStoreError: 'process': answered as a failure, nothing is written", async () => {
    const store = watchedStore()
    store.on.claim = () => {
      throw new StoreError('ERR_STORE_FULL')
    }
    const { receiver: acme } = receiver({ store, onStoreError: 'process' })
    acme.on('ping', () => {
      throw new Error('x')
    })
    expect(await acme.receive(request({ type: 'ping' }))).toMatchObject({ status: 500, outcome: 'failed' })
    expect(store.calls).toEqual(['claim'])
  })
})

it('answers success where only the ending could not be written: the effect has happened', async () => {
  const store = watchedStore()
  store.on.finish = () => down()
  const { receiver: acme, errors } = receiver({ store })
  acme.on('ping', () => undefined)
  expect(await acme.receive(request({ type: 'ping' }))).toMatchObject({ status: 200, outcome: 'handled' })
  expect(acme.counters.finishFailed).toBe(1)
  expect(errors).toEqual(['ERR_STORE_UNAVAILABLE'])
})

it('tries again, while the lease holds, to write an ending that could not be written', async () => {
  const store = watchedStore()
  let asked = 0
  const written = gate()
  store.on.finish = (next) => {
    if (++asked <= 2) return down()
    const result = next()
    written.open()
    return result
  }
  const { receiver: acme } = receiver({ store, leaseMs: 60_000 })
  acme.on('ping', () => undefined)
  await acme.receive(request({ type: 'ping' }, { id: 'e1' }))
  expect((await acme.receive(request({ type: 'ping' }, { id: 'e1' }))).outcome).toBe('busy')
  await written.promise
  expect((await acme.receive(request({ type: 'ping' }, { id: 'e1' }))).outcome).toBe('duplicate')
})

it('writes a dead or done record again where the reply was lost: the same finish is idempotent', async () => {
  const store = watchedStore()
  let asked = 0
  store.on.finish = (next) => {
    asked++
    const written = next()
    return asked === 1 ? down() : written
  }
  const { receiver: acme } = receiver({ store })
  acme.on('ping', () => undefined)
  expect(await acme.receive(request({ type: 'ping' }))).toMatchObject({ status: 200, outcome: 'handled' })
  expect(acme.counters.finishFailed).toBe(0)
})

it('never answers 2xx for an event that is not done, whichever store call fails, and runs it in the end', async () => {
  for (let failing = 1; failing <= 12; failing++) {
    const store = watchedStore()
    let calls = 0
    const fail = (): unknown => (++calls === failing ? Promise.reject(new Error('cut')) : undefined)
    store.on = { claim: fail, finish: fail, renew: fail }
    const { receiver: acme } = receiver({ store })
    let effects = 0
    acme.on('ping', (_, { attempt }) => {
      if (attempt === 1) throw new Error('first attempt')
      effects++
    })
    const statuses: number[] = []
    for (let delivery = 0; delivery < 6; delivery++) {
      const { status } = await acme.receive(request({ type: 'ping' }, { id: 'e1' }))
      if (status < 300) expect(effects).toBe(1)
      statuses.push(status)
    }
    expect(effects).toBe(1)
    expect(statuses.at(-1)).toBe(200)
  }
})
