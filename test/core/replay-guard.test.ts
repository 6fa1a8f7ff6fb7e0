import { expect, it } from 'vitest'
import { acme, gate, receiver, request } from '../support/acme.js'

const guarded = acme({ unique: (payload) => Reflect.has(payload as object, 'stamp') })
const stamped = { type: 'push', stamp: '2026-01-01' }

it('answers the same bytes under a fresh id as a duplicate, and says so in the log', async () => {
  const { receiver: acmeReceiver, log } = receiver({}, guarded)
  let runs = 0
  acmeReceiver.on('push', (_, { respond }) => {
    runs++
    respond({ body: 'private reply' })
  })
  await acmeReceiver.receive(request(stamped, { id: 'a' }))
  const replay = await acmeReceiver.receive(request(stamped, { id: 'b' }))
  expect(replay).toMatchObject({ status: 200, outcome: 'duplicate', body: '', headers: { 'x-webhook-duplicate': '1' } })
  expect(runs).toBe(1)
  expect(log.find(({ code }) => code === 'WARN_REPLAY_SUSPECTED')?.fields).toMatchObject({ id: 'b', firstId: 'a' })
  expect(await acmeReceiver.receive(request(stamped, { id: 'a' }))).toMatchObject({
    outcome: 'duplicate',
    body: 'private reply',
  })
})

it('runs the same bytes under another id where the first run failed', async () => {
  const { receiver: acmeReceiver } = receiver({}, guarded)
  let runs = 0
  acmeReceiver.on('push', () => {
    if (++runs === 1) throw new Error('first')
  })
  expect((await acmeReceiver.receive(request(stamped, { id: 'a' }))).status).toBe(500)
  expect(await acmeReceiver.receive(request(stamped, { id: 'b' }))).toMatchObject({ status: 200, outcome: 'handled' })
  expect(runs).toBe(2)
})

it('is busy for the same bytes under another id while they run', async () => {
  const { receiver: acmeReceiver } = receiver({}, guarded)
  const [started, hold] = [gate(), gate()]
  acmeReceiver.on('push', async () => {
    started.open()
    await hold.promise
  })
  const first = acmeReceiver.receive(request(stamped, { id: 'a' }))
  await started.promise
  expect(await acmeReceiver.receive(request(stamped, { id: 'b' }))).toMatchObject({ status: 503, outcome: 'busy' })
  hold.open()
  expect((await first).status).toBe(200)
})

it.each([
  ['left to the provider', undefined, { type: 'member' }, 2],
  ['left to the provider', undefined, stamped, 1],
  ['switched off', false, stamped, 2],
  ['switched on for all', true, { type: 'member' }, 1],
])('%s (%s): %j runs %i time(s) under two ids', async (_, replayGuard, body, expected) => {
  const { receiver: acmeReceiver } = receiver({ replayGuard }, guarded)
  let runs = 0
  acmeReceiver.onAny(() => ++runs)
  await acmeReceiver.receive(request(body, { id: 'a' }))
  await acmeReceiver.receive(request(body, { id: 'b' }))
  expect(runs).toBe(expected)
})

it('keys by the id where the id is signed', async () => {
  const { receiver: acmeReceiver } = receiver(
    { replayGuard: true },
    acme({ facts: { coverage: 'full', idSigned: true, idStable: 'yes', retryHorizonSeconds: 0 } }),
  )
  let runs = 0
  acmeReceiver.onAny(() => ++runs)
  await acmeReceiver.receive(request(stamped, { id: 'a' }))
  await acmeReceiver.receive(request(stamped, { id: 'b' }))
  expect(runs).toBe(2)
})

it('keys by the signed input where there is no id', async () => {
  const provider = acme({ identify: () => ({ id: undefined, keyBySignedInput: true, type: 'push' }) })
  const { receiver: acmeReceiver } = receiver({}, provider)
  const ids: string[] = []
  acmeReceiver.onAny((event) => {
    ids.push(event.id)
  })
  for (const body of [{ n: 1 }, { n: 1 }, { n: 2 }]) await acmeReceiver.receive(request(body))
  expect(ids).toHaveLength(2)
  expect(ids[0]).toMatch(/^[0-9a-f]{64}$/)
})

it('runs without a record where the provider sends no id at all', async () => {
  const provider = acme({
    identify: () => ({ id: undefined, type: 'push' }),
    facts: { coverage: 'full', idSigned: false, idStable: 'none', retryHorizonSeconds: 600 },
  })
  const { receiver: acmeReceiver } = receiver({}, provider)
  const deduplicated: boolean[] = []
  acmeReceiver.onAny((_, context) => {
    deduplicated.push(context.deduplicated)
  })
  await acmeReceiver.receive(request({ n: 1 }))
  await acmeReceiver.receive(request({ n: 1 }))
  expect(deduplicated).toEqual([false, false])
})

it.each([
  ['by its id', { type: 'member' }],
  ['although its record is named by a digest', stamped],
])('forgets a finished event %s', async (_, body) => {
  const { receiver: acmeReceiver } = receiver({}, guarded)
  let runs = 0
  acmeReceiver.onAny(() => ++runs)
  await acmeReceiver.receive(request(body, { id: 'a' }))
  expect(await acmeReceiver.forget('a')).toBe(true)
  expect((await acmeReceiver.receive(request(body, { id: 'a' }))).outcome).toBe('handled')
  expect((await acmeReceiver.receive(request(body, { id: 'a' }))).outcome).toBe('duplicate')
  expect(runs).toBe(2)
})

it("runs finished events again with redeliver: 'run', which a provider that retries by itself refuses", async () => {
  const manual = acme({ facts: { coverage: 'full', idSigned: false, idStable: 'yes', retryHorizonSeconds: 0 } })
  const { receiver: acmeReceiver } = receiver({ redeliver: 'run' }, manual)
  const attempts: number[] = []
  acmeReceiver.onAny((_, { attempt }) => {
    attempts.push(attempt)
  })
  await acmeReceiver.receive(request({}, { id: 'a' }))
  await acmeReceiver.receive(request({}, { id: 'a' }))
  expect(attempts).toEqual([1, 2])
  expect(() => receiver({ redeliver: 'run' }, acme())).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
})
