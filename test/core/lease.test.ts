import { RetryLater } from 'hookproof'
import { expect, it } from 'vitest'
import { gate, receiver, request, watchedStore } from '../support/acme.js'

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

it('renews at a third of the lease for as long as handlers run', async () => {
  const store = watchedStore()
  const { receiver: acme } = receiver({ store, leaseMs: 150 })
  let overtaken = 0
  acme.on('ping', async (_, { attempt }) => {
    if (attempt > 1) overtaken++
    await wait(400)
  })
  const first = acme.receive(request({ type: 'ping' }, { id: 'e1' }))
  await wait(300)
  expect(await acme.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({ status: 503, outcome: 'busy' })
  expect((await first).outcome).toBe('handled')
  expect(overtaken).toBe(0)
  expect(store.calls.filter((call) => call === 'renew').length).toBeGreaterThanOrEqual(5)
})

it('does not renew for a handler that is done at once', async () => {
  const store = watchedStore()
  const { receiver: acme } = receiver({ store, leaseMs: 100 })
  acme.on('ping', () => undefined)
  await acme.receive(request({ type: 'ping' }))
  await wait(80)
  expect(store.calls).toEqual(['claim', 'finish done'])
})

it('aborts a stale owner and answers it 503; it can neither renew nor finish', async () => {
  const store = watchedStore()
  const { receiver: acme, errors } = receiver({ store, leaseMs: 120 })
  store.on.renew = () => false
  const aborted = gate()
  acme.on('ping', async (_, { signal }) => {
    signal.addEventListener('abort', () => aborted.open())
    await aborted.promise
  })
  const reply = await acme.receive(request({ type: 'ping' }))
  expect(reply).toMatchObject({ status: 503, outcome: 'busy' })
  await aborted.promise
  expect(errors).toContain('ERR_LEASE_LOST')
  expect(acme.counters.leasesLost).toBe(1)
})

it('answers 503 where the claim was lost by the time the handlers succeeded', async () => {
  const store = watchedStore()
  store.on.finish = () => 'lost'
  const { receiver: acme, errors } = receiver({ store })
  acme.on('ping', () => undefined)
  expect(await acme.receive(request({ type: 'ping' }))).toMatchObject({
    status: 503,
    outcome: 'busy',
    headers: { 'retry-after': '1' },
  })
  expect({ errors, lost: acme.counters.leasesLost }).toEqual({ errors: ['ERR_LEASE_LOST'], lost: 1 })
})

it('stops work before the store lets others in, where renewing fails', async () => {
  const store = watchedStore()
  store.on.renew = () => Promise.reject(new Error('connection lost'))
  const { receiver: acme } = receiver({ store, leaseMs: 200 })
  let abortedAfter = 0
  const begun = performance.now()
  acme.on(
    'ping',
    (_, { signal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          abortedAfter = performance.now() - begun
          resolve()
        })
      }),
  )
  await acme.receive(request({ type: 'ping' }))
  await wait(20)
  expect(abortedAfter).toBeGreaterThan(100)
  expect(abortedAfter).toBeLessThan(200)
})

it('holds a claim no longer than from when it was asked for: the answer may have taken half of the lease', async () => {
  const store = watchedStore()
  let heldUntil = 0
  store.on.claim = async (next) => {
    const claimed = next()
    heldUntil = performance.now() + 400
    await wait(200)
    return claimed
  }
  store.on.renew = () => Promise.reject(new Error('connection lost'))
  const { receiver: acme } = receiver({ store, leaseMs: 400 })
  const abortedAt: number[] = []
  acme.on(
    'ping',
    (_, { signal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          abortedAt.push(performance.now())
          resolve()
        })
      }),
  )
  await acme.receive(request({ type: 'ping' }))
  await wait(20)
  expect(abortedAt).toHaveLength(1)
  expect(abortedAt[0]).toBeLessThan(heldUntil)
})

it('at maxRunMs: aborts, answers 503, frees nothing; the retry inside the lease is busy, the one after it runs', async () => {
  const { receiver: acme, errors } = receiver({ maxRunMs: 50, leaseMs: 200 })
  const aborted: boolean[] = []
  let runs = 0
  acme.on('ping', async (_, { signal }) => {
    signal.addEventListener('abort', () => aborted.push(true))
    if (++runs === 1) await new Promise(() => undefined)
  })
  const message = (): ReturnType<typeof request> => request({ type: 'ping' }, { id: 'e1' })
  expect(await acme.receive(message())).toMatchObject({ status: 503, outcome: 'busy' })
  expect({ aborted, errors }).toEqual({ aborted: [true], errors: ['ERR_HANDLER_TIMEOUT'] })
  expect(await acme.receive(message())).toMatchObject({ status: 503, outcome: 'busy' })
  expect(runs).toBe(1)
  await wait(220)
  expect(await acme.receive(message())).toMatchObject({ status: 200, outcome: 'handled' })
  expect(runs).toBe(2)
})

it('settles a handler that ends after its answer was given', async () => {
  const store = watchedStore()
  const { receiver: acme } = receiver({ store, maxRunMs: 30, leaseMs: 500 })
  const end = gate()
  acme.on('ping', () => end.promise)
  expect((await acme.receive(request({ type: 'ping' }, { id: 'e1' }))).status).toBe(503)
  end.open()
  await wait(5)
  expect(store.calls).toEqual(['claim', 'finish done'])
  expect((await acme.receive(request({ type: 'ping' }, { id: 'e1' }))).outcome).toBe('duplicate')
})

it('hands out a fence that rises with every owner', async () => {
  const { receiver: acme } = receiver({ maxRunMs: 20, leaseMs: 100 })
  const fences: number[] = []
  acme.on('ping', (_, { fence }) => {
    fences.push(fence)
    return fences.length === 1 ? new Promise(() => undefined) : undefined
  })
  await acme.receive(request({ type: 'ping' }, { id: 'e1' }))
  await wait(120)
  await acme.receive(request({ type: 'ping' }, { id: 'e1' }))
  expect(fences[1]).toBeGreaterThan(fences[0] ?? Number.NaN)
})

it.each([
  [
    'a proxy that was revoked',
    (): unknown => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
  ],
  ['a wait that is no number', (): unknown => new RetryLater(Symbol('soon') as never)],
])('lets go of the claim where a handler throws %s', async (_, made) => {
  const store = watchedStore()
  const { receiver: acme, errors } = receiver({ store, leaseMs: 100 })
  acme.on('ping', async () => {
    await wait(1)
    throw made()
  })
  await acme.receive(request({ type: 'ping' }, { id: 'e1' }))
  await wait(80)
  expect({ calls: store.calls, errors: errors.length }).toEqual({ calls: ['claim', 'finish free'], errors: 1 })
})
