import { type Admission, type Delivery, StoreError } from 'hookproof'
import { describe, expect, it } from 'vitest'
import { acme, acmeBatch, gate, receiver, request, watchedStore } from '../support/acme.js'

type Admitted = Extract<Admission, { delivery: Delivery }>

function admitted(admission: Admission): Admitted {
  if ('reply' in admission) throw new Error(`refused: ${admission.reply.status}`)
  return admission
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('a guard', () => {
  it.each([
    [200, 'done', 'duplicate'],
    [204, 'done', 'duplicate'],
    [302, 'free', 'admitted'],
    [404, 'free', 'admitted'],
    [500, 'free', 'admitted'],
  ])('settled with %i is %s: the next delivery is %s', async (status, _, next) => {
    const admit = receiver().receiver.guard()
    const first = admitted(await admit(request({}, { id: 'e1' })))
    expect(first.delivery.events[0]).toMatchObject({ id: 'e1' })
    await first.settle(status)
    const second = await admit(request({}, { id: 'e1' }))
    expect('reply' in second ? second.reply.outcome : 'admitted').toBe(next)
  })

  it('is busy while the application works', async () => {
    const admit = receiver().receiver.guard()
    const first = admitted(await admit(request({}, { id: 'e1' })))
    expect(await admit(request({}, { id: 'e1' }))).toMatchObject({ reply: { status: 503, outcome: 'busy' } })
    await first.settle(200)
  })

  it('admits no more than maxConcurrent, however many were verified at once, and nobody once it is closed', async () => {
    const { receiver: guarded } = receiver({ maxConcurrent: 2 })
    const admit = guarded.guard()
    const slow = (id: string): Promise<Admission> => {
      const { body, ...message } = request({}, { id })
      return admit({ ...message, body: () => wait(10).then(() => Buffer.from(String(body))) })
    }
    const admissions = await Promise.all(['a', 'b', 'c', 'd'].map(slow))
    expect(admissions.map((admission) => ('reply' in admission ? admission.reply.status : 'admitted'))).toEqual([
      'admitted',
      'admitted',
      503,
      503,
    ])
    for (const admission of admissions) if ('settle' in admission) await admission.settle(200)
    expect(await slow('a')).toMatchObject({ reply: { outcome: 'duplicate' } })
    const late = slow('e')
    await guarded.close()
    expect(await late).toMatchObject({ reply: { status: 503, outcome: 'busy' } })
  })

  it('abandoned settles nothing: busy inside the lease, admitted after it', async () => {
    const store = watchedStore()
    const admit = receiver({ store, leaseMs: 120 }).receiver.guard()
    admitted(await admit(request({}, { id: 'e1' }))).abandon()
    expect(await admit(request({}, { id: 'e1' }))).toMatchObject({ reply: { status: 503 } })
    await wait(140)
    await admitted(await admit(request({}, { id: 'e1' }))).settle(200)
    expect(store.calls).toEqual(['claim', 'claim', 'claim', 'finish done'])
  })

  it('settled twice counts once, and abandoned after that changes nothing', async () => {
    const store = watchedStore()
    const admission = admitted(await receiver({ store }).receiver.guard()(request()))
    await admission.settle(200)
    await admission.settle(500)
    admission.abandon()
    expect(store.calls).toEqual(['claim', 'finish done'])
  })

  it('renews until maxRunMs and no longer; a late settlement still counts', async () => {
    const store = watchedStore()
    const admit = receiver({ store, leaseMs: 100, maxRunMs: 150 }).receiver.guard()
    const admission = admitted(await admit(request({}, { id: 'e1' })))
    await wait(230)
    const renewals = store.calls.filter((call) => call === 'renew').length
    expect(renewals).toBeGreaterThan(0)
    await wait(80)
    expect(store.calls.filter((call) => call === 'renew').length).toBe(renewals)
    await admission.settle(200)
    expect(await admit(request({}, { id: 'e1' }))).toMatchObject({ reply: { outcome: 'duplicate' } })
  })

  it('refuses the forged, and answers 503 without the store', async () => {
    const store = watchedStore()
    const admit = receiver({ store }).receiver.guard()
    expect(await admit(request({}, { headers: { 'acme-signature': 'a'.repeat(64) } }))).toMatchObject({
      reply: { status: 401 },
    })
    store.on.claim = () => {
      throw new StoreError('ERR_STORE_FULL')
    }
    expect(await admit(request())).toMatchObject({ reply: { status: 503, outcome: 'unavailable' } })
  })

  it.each(['renew', 'finish'] as const)('tells of a lease that %s finds lost, once', async (verb) => {
    const store = watchedStore()
    store.on.finish = () => 'lost'
    if (verb === 'renew') store.on.renew = () => false
    const { receiver: guarded, errors } = receiver({ store, leaseMs: 120 })
    const admission = admitted(await guarded.guard()(request()))
    if (verb === 'renew') await wait(80)
    await admission.settle(200)
    expect({ errors, lost: guarded.counters.leasesLost }).toEqual({ errors: ['ERR_LEASE_LOST'], lost: 1 })
  })

  it('tries again, while the lease holds, to write a settlement that could not be written', async () => {
    const store = watchedStore()
    let asked = 0
    const written = gate()
    store.on.finish = (next) => {
      if (++asked <= 2) return Promise.reject(new Error('ECONNREFUSED'))
      const result = next()
      written.open()
      return result
    }
    const { receiver: guarded, errors } = receiver({ store, leaseMs: 60_000 })
    const admit = guarded.guard()
    await admitted(await admit(request({}, { id: 'e1' }))).settle(200)
    expect({ errors, failed: guarded.counters.finishFailed }).toEqual({ errors: ['ERR_STORE_UNAVAILABLE'], failed: 1 })
    await written.promise
    expect(await admit(request({}, { id: 'e1' }))).toMatchObject({ reply: { outcome: 'duplicate' } })
  })

  it("admits without a record with store: false, and with onStoreError: 'process'", async () => {
    await admitted(await receiver({ store: false }).receiver.guard()(request())).settle(200)
    const store = watchedStore()
    store.on.claim = () => {
      throw new StoreError('ERR_STORE_FULL')
    }
    await admitted(await receiver({ store, onStoreError: 'process' }).receiver.guard()(request())).settle(200)
    expect(store.calls).toEqual(['claim'])
  })

  it('and handlers exclude each other', () => {
    const guarding = receiver().receiver
    guarding.guard()
    expect(() => guarding.on('ping', () => undefined)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    const handling = receiver().receiver.on('ping', () => undefined)
    expect(() => handling.guard()).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
  })

  it('cannot use a store in transaction mode', () => {
    const store = { ...watchedStore(), transaction: () => Promise.reject(new Error('unused')) }
    expect(() => receiver({ store }).receiver.guard()).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
  })
})

describe('a guard before a batch', () => {
  const batch = (ids: readonly string[]): ReturnType<typeof request> => request(ids.map((id) => ({ id, type: 'ping' })))

  it('hands on only the events that are not done', async () => {
    const admit = receiver({}, acmeBatch()).receiver.guard()
    await admitted(await admit(batch(['a']))).settle(200)
    const second = admitted(await admit(batch(['a', 'b'])))
    expect(second.delivery.events.map(({ id }) => id)).toEqual(['b'])
    await second.settle(200)
    expect(await admit(batch(['a', 'b']))).toMatchObject({ reply: { status: 200, outcome: 'duplicate' } })
  })

  it('frees what it won where another event is busy', async () => {
    const store = watchedStore()
    const admit = receiver({ store }, acmeBatch()).receiver.guard()
    const first = admitted(await admit(batch(['b'])))
    expect(await admit(batch(['a', 'b']))).toMatchObject({ reply: { status: 503, outcome: 'busy' } })
    await first.settle(200)
    expect(admitted(await admit(batch(['a', 'b']))).delivery.events.map(({ id }) => id)).toEqual(['a'])
  })

  it('names the events whose records could not be written, in one time limit for all', async () => {
    const store = watchedStore()
    store.on.finish = () => new Promise(() => undefined)
    const provider = acmeBatch({
      facts: { coverage: 'full', idSigned: true, idStable: 'none', retryHorizonSeconds: 3600 },
    })
    const { receiver: guarded } = receiver({ store, storeTimeoutMs: 60 }, provider)
    const named: (string | undefined)[] = []
    guarded.onError((_, event) => named.push(event?.id))
    // The first has no id, and so no record.
    const events = [{}, ...['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }))]
    const admission = admitted(await guarded.guard()(request(events)))
    const begun = performance.now()
    await admission.settle(200)
    expect(performance.now() - begun).toBeLessThan(240)
    expect(named).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('refuses more than 100 events', async () => {
    const { receiver: acmeReceiver, log } = receiver({}, acmeBatch())
    const reply = await acmeReceiver.guard()(batch(Array.from({ length: 101 }, (_, i) => `e${i}`)))
    expect(reply).toMatchObject({ reply: { status: 503 } })
    expect(log.map(({ code }) => code)).toContain('WARN_BATCH_TOO_LARGE')
  })
})

it('answers handshakes and never admits them', async () => {
  const provider = acme({
    handshakes: {
      methods: ['GET'],
      open: ({ method }) => (method === 'GET' ? { status: 200, headers: {}, body: 'open' } : undefined),
      signed: ({ payload }) =>
        Reflect.get(payload as object, 'type') === 'challenge'
          ? { status: 200, headers: {}, body: 'signed' }
          : undefined,
    },
  })
  const admit = receiver({}, provider).receiver.guard()
  expect(await admit({ ...request(), method: 'GET' })).toMatchObject({ reply: { body: 'open', outcome: 'handshake' } })
  expect(await admit(request({ type: 'challenge' }))).toMatchObject({ reply: { body: 'signed', outcome: 'handshake' } })
  expect(await admit(request({ type: 'challenge' }, { headers: { 'acme-signature': 'a'.repeat(64) } }))).toMatchObject({
    reply: { status: 401 },
  })
})
