import { RetryLater, StoreError } from 'hookproof'
import { expect, it } from 'vitest'
import { acmeBatch, receiver, request, watchedStore } from '../support/acme.js'

const event = (id: unknown, type = 'ping'): object => ({ id, type })

it('claims, runs and settles events one after another, in array order', async () => {
  const store = watchedStore()
  const { receiver: batch } = receiver({ store }, acmeBatch())
  const order: string[] = []
  batch.on('ping', (one) => {
    order.push(one.id)
  })
  const reply = await batch.receive(request([event('a'), event('b')]))
  expect(reply).toMatchObject({
    status: 200,
    outcome: 'handled',
    events: [
      { id: 'a', outcome: 'handled' },
      { id: 'b', outcome: 'handled' },
    ],
  })
  expect({ order, calls: store.calls }).toEqual({
    order: ['a', 'b'],
    calls: ['claim', 'finish done', 'claim', 'finish done'],
  })
})

it('goes on behind a failing event; the resend runs only what is left', async () => {
  const { receiver: batch } = receiver({}, acmeBatch())
  const runs: string[] = []
  batch.on('ping', (one, { attempt }) => {
    runs.push(one.id)
    if (one.id === 'b' && attempt === 1) throw new Error('b')
  })
  const body = [event('a'), event('b'), event('c')]
  expect(await batch.receive(request(body))).toMatchObject({ status: 500, outcome: 'failed' })
  expect(await batch.receive(request(body))).toMatchObject({ status: 200, outcome: 'handled' })
  expect(runs).toEqual(['a', 'b', 'c', 'b'])
})

it('reports an item without an id, counts it as failed and runs the others', async () => {
  const { receiver: batch, errors } = receiver({}, acmeBatch())
  const runs: string[] = []
  batch.on('ping', (one) => {
    runs.push(one.id)
  })
  const reply = await batch.receive(request([event(undefined), event('b')]))
  expect(reply).toMatchObject({
    status: 500,
    outcome: 'failed',
    events: [{ outcome: 'failed' }, { id: 'b', outcome: 'handled' }],
  })
  expect({ runs, errors }).toEqual({ runs: ['b'], errors: ['ERR_EVENT_ID_MISSING'] })
})

it('takes equal ids of one request for one event', async () => {
  const { receiver: batch, log } = receiver({}, acmeBatch())
  let runs = 0
  batch.on('ping', () => ++runs)
  expect(await batch.receive(request([event('a'), event('a')]))).toMatchObject({ status: 200 })
  expect(runs).toBe(1)
  expect(log.map(({ code }) => code)).toContain('WARN_DUPLICATE_IN_BATCH')
})

it('answers 503 with the smallest wait where any event has to come again', async () => {
  const { receiver: batch } = receiver({}, acmeBatch())
  batch.on('ping', (one) => {
    if (one.id !== 'a') throw new RetryLater(one.id === 'b' ? 90 : 40)
  })
  const reply = await batch.receive(request([event('a'), event('b'), event('c')]))
  expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '40' } })
})

it('is a success without a claim where it holds no event', async () => {
  const store = watchedStore()
  const { receiver: batch } = receiver({ store }, acmeBatch())
  batch.on('ping', () => undefined)
  expect(await batch.receive(request([]))).toMatchObject({ status: 200, outcome: 'unhandled', events: [] })
  expect(store.calls).toEqual([])
})

it('asks a store that is down only once for the whole request', async () => {
  const store = watchedStore()
  store.on.claim = () => {
    throw new StoreError('ERR_STORE_FULL')
  }
  const { receiver: batch } = receiver({ store }, acmeBatch())
  batch.on('ping', () => undefined)
  const reply = await batch.receive(request([event('a'), event('b'), event('c')]))
  expect(reply).toMatchObject({ status: 503, outcome: 'unavailable' })
  expect(store.calls).toEqual(['claim'])
})

it('claims nothing more after maxRunMs; the resend makes progress', async () => {
  const { receiver: batch } = receiver({ maxRunMs: 60, leaseMs: 100 }, acmeBatch())
  const runs: string[] = []
  batch.on('ping', async (one) => {
    runs.push(one.id)
    await new Promise((resolve) => setTimeout(resolve, 40))
  })
  const body = [event('a'), event('b'), event('c'), event('d')]
  let reply = await batch.receive(request(body))
  expect(reply.status).toBe(503)
  for (let i = 0; i < 6 && reply.status === 503; i++) {
    await new Promise((resolve) => setTimeout(resolve, 110))
    reply = await batch.receive(request(body))
  }
  expect(reply.status).toBe(200)
  expect(new Set(runs)).toEqual(new Set(['a', 'b', 'c', 'd']))
})

it('lets no handler answer for several events', async () => {
  const { receiver: batch, errors } = receiver({}, acmeBatch())
  batch.on('ping', (_, { respond }) => respond({ body: 'x' }))
  expect(await batch.receive(request([event('a'), event('b')]))).toMatchObject({ status: 500 })
  expect(errors).toEqual(['ERR_HANDLER_FAILED', 'ERR_HANDLER_FAILED'])
})

it('handles 5,000 events in one request', async () => {
  const { receiver: batch } = receiver({ maxBodyBytes: 2_000_000 }, acmeBatch())
  let runs = 0
  batch.on('ping', () => ++runs)
  const body = Array.from({ length: 5000 }, (_, i) => event(`e${i}`))
  expect((await batch.receive(request(body))).status).toBe(200)
  expect((await batch.receive(request(body))).outcome).toBe('duplicate')
  expect(runs).toBe(5000)
})
