import { createReceiver, memoryStore, type Store } from 'hookproof'
import { describe, expect, it, test, vi } from 'vitest'
import { acme, receiver, request } from '../support/acme.js'

describe('bad options throw when the receiver is made', () => {
  it.each([
    ['an unknown one', { storee: false }, 'ERR_OPTION_UNKNOWN'],
    ['a store without verbs', { store: {} }, 'ERR_OPTION_INVALID'],
    ['a store that is true', { store: true }, 'ERR_OPTION_INVALID'],
    ['a negative tolerance', { toleranceSeconds: -1 }, 'ERR_OPTION_INVALID'],
    ['NaN', { maxBodyBytes: Number.NaN }, 'ERR_OPTION_INVALID'],
    ['a number as text', { leaseMs: '30000' }, 'ERR_OPTION_INVALID'],
    ['a retention under twice maxRunMs', { retentionSeconds: 100 }, 'ERR_OPTION_INVALID'],
    ['a retention without an end', { retentionSeconds: Number.POSITIVE_INFINITY }, 'ERR_OPTION_INVALID'],
    ['an empty endpoint', { endpoint: '' }, 'ERR_OPTION_INVALID'],
    ['a clock that is no function', { clock: 5 }, 'ERR_OPTION_INVALID'],
    ['a logger without error', { logger: { warn: () => undefined } }, 'ERR_OPTION_INVALID'],
    ['a mistyped policy', { onStoreError: 'ignore' }, 'ERR_OPTION_INVALID'],
  ])('%s', (_, options, code) => {
    expect(() => createReceiver(acme(), options as never)).toThrow(
      expect.objectContaining({ code, name: 'ConfigError' }),
    )
  })

  it.each(['leaseMs', 'maxRunMs', 'storeTimeoutMs', 'secretTimeoutMs'])('%s that no timer holds', (name) => {
    for (const value of [2 ** 31, Number.POSITIVE_INFINITY]) {
      const options = { [name]: value, retentionSeconds: 36_525 * 86_400 }
      expect(() => createReceiver(acme(), options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    }
  })

  it('with the nearest name', () => {
    expect(() => createReceiver(acme(), { toleranceSecond: 1 } as never)).toThrow('Did you mean toleranceSeconds?')
  })

  it.each([[undefined], [{}], [{ id: 'x' }]])('%j is no provider', (provider) => {
    expect(() => createReceiver(provider as never)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
  })
})

test('a store is given whole milliseconds', async () => {
  const memory = memoryStore()
  const asked: object[] = []
  const store: Store = {
    ...memory,
    claim: (key, options) => {
      asked.push(options)
      return memory.claim(key, options)
    },
    finish: (key, options) => {
      asked.push(options)
      return memory.finish(key, options)
    },
  }
  const { receiver: whole } = receiver({ store, leaseMs: 200.5, maxRunMs: 1000, retentionSeconds: 600.0001 })
  await whole.on('ping', () => undefined).receive(request({ type: 'ping' }, { id: '1' }))
  expect(asked).toMatchObject([{ leaseMs: 201, retentionMs: 600_001 }, { retentionMs: 600_001 }])
})

describe('bad handlers throw when they are registered', () => {
  it.each([
    ['an empty pattern', '', vi.fn(), undefined],
    ['an empty list', [], vi.fn(), undefined],
    ['a star in the middle', 'a*b', () => undefined, undefined],
    ['no function', 'ping', 'handler', undefined],
    ['a bad name', 'ping', () => undefined, { name: 'two words' }],
    ['an unknown option', 'ping', () => undefined, { once: true }],
    ['no schema', 'ping', () => undefined, { schema: {} }],
  ])('%s', (_, type, handler, options) => {
    expect(() => receiver().receiver.on(type as never, handler as never, options as never)).toThrow(
      expect.objectContaining({ name: 'ConfigError' }),
    )
  })

  it('a name that is taken', () => {
    const { receiver: acmeReceiver } = receiver()
    acmeReceiver.on('a', () => undefined, { name: 'x' })
    expect(() => acmeReceiver.on('b', () => undefined, { name: 'x' })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})

it("never touches the caller's object, and takes undefined for left out", () => {
  const options = Object.freeze({ store: undefined, endpoint: undefined, logger: false as const })
  expect(createReceiver(acme(), options).provider.id).toBe('acme')
})

it('warns once where two receivers share a store, a provider and an endpoint', () => {
  const store = memoryStore()
  expect(receiver({ store }).log).toEqual([])
  expect(receiver({ store }).log.map(({ code }) => code)).toEqual(['WARN_ENDPOINT_SHARED'])
  expect(receiver({ store, endpoint: 'other' }).log).toEqual([])
})

it('answers 503 beyond maxConcurrent, and warns where the provider never retries', async () => {
  const { receiver: acmeReceiver } = receiver({ maxConcurrent: 1 })
  let end: () => void = () => undefined
  acmeReceiver.onAny(
    () =>
      new Promise<void>((resolve) => {
        end = resolve
      }),
  )
  const first = acmeReceiver.receive(request())
  await new Promise((resolve) => setImmediate(resolve))
  expect(await acmeReceiver.receive(request())).toMatchObject({ status: 503, outcome: 'busy' })
  end()
  expect((await first).status).toBe(200)
  const manual = acme({ facts: { coverage: 'full', idSigned: false, idStable: 'yes', retryHorizonSeconds: 0 } })
  expect(receiver({ maxConcurrent: 1 }, manual).log.map(({ code }) => code)).toEqual(['WARN_SHED_LOSES'])
})

it('uses the key function in place of the id, and fails closed where it throws', async () => {
  const { receiver: acmeReceiver, log } = receiver({
    key: (event) => String(Reflect.get(event.payload as object, 'order')),
  })
  let runs = 0
  acmeReceiver.onAny(() => ++runs)
  for (const order of [1, 1, 2]) await acmeReceiver.receive(request({ order }))
  expect(runs).toBe(2)
  const throwing = receiver({
    key: () => {
      throw new Error('x')
    },
  })
  throwing.receiver.onAny(() => ++runs)
  expect(await throwing.receiver.receive(request())).toMatchObject({ status: 500 })
  expect({ runs, code: throwing.log[0]?.code, quiet: log }).toEqual({ runs: 2, code: 'ERR_KEY_FUNCTION', quiet: [] })
})

it('logs a refusal at most once a minute per code', async () => {
  const { receiver: acmeReceiver, log } = receiver()
  for (let i = 0; i < 100; i++)
    await acmeReceiver.receive(request({}, { headers: { 'acme-signature': 'a'.repeat(64) } }))
  expect(log).toHaveLength(1)
  expect(acmeReceiver.counters.rejected).toBe(100)
})

it.each([
  [
    'logger',
    {
      logger: {
        warn: () => {
          throw new Error('x')
        },
        error: () => {
          throw new Error('x')
        },
      },
    },
  ],
  ['nothing', { logger: false as const }],
])('survives callbacks that throw (%s)', async (_, options) => {
  const acmeReceiver = createReceiver(acme(), options)
    .on('ping', () => {
      throw new Error('handler')
    })
    .onError(() => {
      throw new Error('onError')
    })
    .onUnhandled(() => {
      throw new Error('onUnhandled')
    })
  expect((await acmeReceiver.receive(request({ type: 'ping' }))).status).toBe(500)
  expect((await acmeReceiver.receive(request({ type: 'other' }))).status).toBe(200)
})

it('survives a logger that rejects', async () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  const rejects = (): Promise<never> => Promise.reject(new Error('the log is away'))
  const acmeReceiver = createReceiver(acme(), { logger: { warn: rejects, error: rejects } }).on('ping', () => {
    throw new Error('handler')
  })
  expect((await acmeReceiver.receive(request({ type: 'ping' }))).status).toBe(500)
  expect((await acmeReceiver.receive(request({}, { headers: { 'acme-signature': 'a'.repeat(64) } }))).status).toBe(401)
  await new Promise((resolve) => setTimeout(resolve, 20))
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})
