import { describe, expect, test } from 'vitest'
import { WebhookError } from '../../src/errors.js'
import type { Provider } from '../../src/types.js'
import { type FixtureRequest, type ProviderFixture, readFixtures } from './fixture.js'
import { type Accepted, type Bench, benchOf, providerOf } from './harness.js'
import { type Genuine, type Mutant, mutantsOf, plain } from './mutants.js'

const fixtures = readFixtures()

describe.each(fixtures.map((fixture) => [fixture.id, fixture] as const))('%s', (_id, fixture) => {
  test('accepts what is genuine and refuses every mutant of it', async () => {
    let refused = 0
    for (const request of fixture.requests.filter(({ expect }) => expect.code === undefined)) {
      const provider = await providerOf(fixture, request)
      const bench = benchOf(provider)
      const genuine = await genuineOf(fixture, provider, bench, request)
      if (genuine === undefined) continue
      const stranger = benchOf(await providerOf(fixture, request, 'wrong'))
      for (const mutant of mutantsOf(genuine)) {
        await expectRefused(mutant.wrongKey === true ? stranger : bench, mutant, genuine)
        refused += 1
      }
    }
    console.log(`${fixture.id}: ${refused} mutants refused`)
    expect(refused).toBe(fixture.mutants)
  }, 120_000)

  const refusals = fixture.requests.filter(({ expect }) => expect.code !== undefined)
  test.runIf(refusals.length > 0).each(refusals.map((request) => [request.name, request] as const))(
    'refuses: %s',
    async (_name, request) => {
      const bench = benchOf(await providerOf(fixture, request))
      const { code, events } = await bench.deliver(plain(request), clockOf(request))
      expect(code).toBe(request.expect.code)
      expect(events).toEqual([])
    },
  )

  test('leaves out no mutation without a reason that holds', async () => {
    const { scheme, facts } = await providerOf(fixture)
    const holds: Record<string, boolean> = {
      'unsigned-id': !facts.idSigned,
      'no-timestamp': !scheme.timestamped,
      'no-signature': scheme.coverage === 'token' || scheme.coverage === 'none',
      'vendor-allows': true,
    }
    expect(fixture.skips.filter(({ reason }) => holds[reason] !== true)).toEqual([])
    expect(unplaced(fixture)).toEqual([])
  })
})

function clockOf(request: FixtureRequest): number {
  return 1000 * (request.now ?? 1_700_000_000)
}

/** Undefined for an unsigned handshake: there is nothing to mutate. */
async function genuineOf(
  fixture: ProviderFixture,
  provider: Provider,
  bench: Bench,
  request: FixtureRequest,
): Promise<Genuine | undefined> {
  const [sent, now] = [plain(request), clockOf(request)]
  const { events, handshake } = request.expect
  const upper = Object.fromEntries(Object.entries(sent.headers).map(([name, value]) => [name.toUpperCase(), value]))
  for (const one of [sent, { ...sent, headers: upper }]) {
    const { reply, events: handled, code } = await bench.deliver(one, now)
    const { open: _, ...answer } = handshake ?? {}
    expect({ code, reply }, request.name).toMatchObject({ code: undefined, reply: answer })
    expect(reply.outcome, request.name).toBe(handshake === undefined ? 'handled' : 'handshake')
    expect(
      handled.map(({ id, type }) => ({ id, type })),
      request.name,
    ).toEqual(events ?? [])
  }
  if (handshake?.open === true) return undefined
  const { timestamp } = await bench.verify(sent, now)
  return { fixture, provider, request: sent, places: { ...fixture.places, ...request.places }, now, timestamp }
}

/** Refused; or, where the vendor signs only some fields, nothing else reaches a handler. */
async function expectRefused(bench: Bench, mutant: Mutant, genuine: Genuine): Promise<void> {
  const outcome = await bench.verify(mutant.request, mutant.now).catch((error: unknown) => error)
  const about = `${mutant.mutation}: ${mutant.what}`
  if (!(outcome instanceof WebhookError)) {
    if (outcome instanceof Error) throw outcome
    const partial = typeof genuine.provider.scheme.coverage === 'object'
    const same = partial && equal(outcome as Accepted, await bench.verify(genuine.request, genuine.now))
    expect(same, `${about} was accepted`).toBe(true)
    return
  }
  expect(outcome.code, about).not.toBe('ERR_INTERNAL')
  if (mutant.codes !== undefined) expect(mutant.codes, about).toContain(outcome.code)
  if (mutant.timed === true) expect(await quickest(bench, mutant), about).toBeLessThan(5)
}

/** The best of ten, in ms: the machine may be busy. */
async function quickest(bench: Bench, { request, now }: Mutant): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 10 && best >= 5; i++) {
    const begin = performance.now()
    await bench.verify(request, now).catch(() => undefined)
    best = Math.min(best, performance.now() - begin)
  }
  return best
}

function equal(a: Accepted, b: Accepted): boolean {
  return JSON.stringify(a.events) === JSON.stringify(b.events)
}

/** Mutations that the fixture neither skips nor says where to make. */
function unplaced({ places, skips }: ProviderFixture): string[] {
  const skipped = new Set<string>(skips.map(({ mutation }) => mutation))
  const needs = {
    timestamp: ['timestamp-bits', 'timestamp-missing', 'timestamp-form', 'timestamp-stale', 'timestamp-future'],
    id: ['id-bits', 'id-missing'],
  } as const
  return (['timestamp', 'id'] as const).flatMap((name) =>
    places[name] === undefined ? needs[name].filter((mutation) => !skipped.has(mutation)) : [],
  )
}
