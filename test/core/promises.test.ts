import { runInNewContext } from 'node:vm'
import { hmac } from 'hookproof/schemes/hmac'
import { trial } from 'hookproof/schemes/trial'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { acme, receiver, request, SECRET, watchedStore } from '../support/acme.js'

type Wrap = <T>(value: T) => Promise<T>

const bare = (value: unknown): object => {
  const tell = (heard: (value: unknown) => void): unknown => setImmediate(heard, value)
  return Object.defineProperty({}, 'then', { value: tell })
}
const kinds: [string, Wrap][] = [
  ['of this realm', (value) => Promise.resolve(value)],
  ['of another realm', runInNewContext('(value) => Promise.resolve(value)') as Wrap],
  ['that has nothing but then', bare as Wrap],
]
const forged = (): ReturnType<typeof request> => request({}, { headers: { 'acme-signature': '0'.repeat(64) } })
const scheme = hmac({ secret: SECRET, signature: { header: 'acme-signature' } })

afterEach(() => {
  vi.unstubAllGlobals()
})

describe.each(kinds)('a promise %s', (_, wrap) => {
  it('is no verdict: what it brings is', async () => {
    const later = {
      ...scheme,
      verify: (incoming: Parameters<typeof scheme.verify>[0]) => wrap(scheme.verify(incoming)),
    }
    const { receiver: mine } = receiver({}, acme({ scheme: later as typeof scheme }))
    let runs = 0
    mine.onAny(() => ++runs)
    expect(await mine.receive(forged())).toMatchObject({ status: 401, outcome: 'rejected' })
    await expect(mine.verify(forged())).rejects.toMatchObject({ code: 'ERR_SIGNATURE_MISMATCH' })
    expect(runs).toBe(0)
    expect(await mine.receive(request())).toMatchObject({ outcome: 'handled' })
  })

  it('is not taken for the success of a trial', async () => {
    const printed = { ...scheme, verify: () => wrap('ERR_SIGNATURE_MISMATCH') }
    const tried = trial({ scheme, trial: printed as typeof scheme, harmless: () => true })
    const { receiver: mine } = receiver({}, acme({ scheme: tried }))
    mine.onAny(() => undefined)
    expect((await mine.receive(forged())).outcome).not.toBe('handled')
  })

  it('is waited for in a store: an event is no duplicate before the store says so', async () => {
    const store = watchedStore()
    for (const verb of ['claim', 'finish'] as const) store.on[verb] = (next) => wrap(next())
    const { receiver: mine } = receiver({ store })
    let runs = 0
    mine.onAny(() => ++runs)
    const message = request()
    expect(await mine.receive(message)).toMatchObject({ outcome: 'handled' })
    expect(await mine.receive(message)).toMatchObject({ outcome: 'duplicate' })
    expect({ runs, calls: store.calls }).toEqual({ runs: 1, calls: ['claim', 'finish done', 'claim'] })
  })

  it('may bring the body', async () => {
    const { receiver: mine } = receiver()
    mine.onAny(() => undefined)
    const { body, ...message } = request()
    expect(await mine.receive({ ...message, body: () => wrap(Buffer.from(String(body))) })).toMatchObject({
      status: 200,
    })
  })
})

it('a global Promise that was replaced, as zone.js does, changes nothing', async () => {
  vi.stubGlobal('Promise', class extends Promise<unknown> {})
  const store = watchedStore()
  for (const verb of ['claim', 'finish'] as const) store.on[verb] = async (next) => next()
  const { receiver: mine } = receiver(
    { store },
    acme({}, async () => SECRET),
  )
  let runs = 0
  mine.onAny(async () => void runs++)
  const { body, ...message } = request()
  const read = async (): Promise<Uint8Array> => Buffer.from(String(body))
  expect(await mine.receive({ ...message, body: read })).toMatchObject({ outcome: 'handled' })
  expect(await mine.receive({ ...message, body: read })).toMatchObject({ outcome: 'duplicate' })
  expect(await mine.receive(forged())).toMatchObject({ outcome: 'rejected' })
  expect(runs).toBe(1)
})
