import { describe, expect, test } from 'vitest'
import { WebhookError } from '../../src/errors.js'
import type { Provider } from '../../src/types.js'
import { type FixtureRequest, type ProviderFixture, readFixtures } from './fixture.js'
import { type Accepted, providerOf, type Verify, verifierOf } from './harness.js'
import { type Genuine, type Mutant, mutantsOf, plain } from './mutants.js'

const fixtures = readFixtures()

describe.each(fixtures.map((fixture) => [fixture.id, fixture] as const))('%s', (_id, fixture) => {
  test('accepts what is genuine and refuses every mutant of it', async () => {
    let refused = 0
    for (const request of fixture.requests.filter(({ expect }) => expect.code === undefined)) {
      const provider = await providerOf(fixture, request.options)
      const genuine = await genuineOf(fixture, provider, request)
      if (request.expect.handshake?.open === true) continue
      const verify = verifierOf(provider)
      const others = verifierOf(await providerOf(fixture, { ...request.options, ...fixture.wrongKey }))
      await expectOtherCase(verify, genuine)
      for (const mutant of mutantsOf(genuine)) {
        await expectRefused(mutant.wrongKey === true ? others : verify, mutant, genuine)
        refused += 1
      }
    }
    console.log(`${fixture.id}: ${refused} mutants refused`)
    expect(refused).toBe(fixture.mutants)
  }, 60_000)

  const refusals = fixture.requests.filter(({ expect }) => expect.code !== undefined)
  test.runIf(refusals.length > 0).each(refusals.map((request) => [request.name, request] as const))(
    'refuses: %s',
    async (_name, request) => {
      const verify = verifierOf(await providerOf(fixture, request.options))
      await expect(verify(plain(request), clockOf(request))).rejects.toMatchObject({ code: request.expect.code })
    },
  )

  test('leaves out no mutation without a reason that holds', async () => {
    const { scheme, facts } = await providerOf(fixture)
    const allowed: Record<string, boolean> = {
      'unsigned-id': !facts.idSigned,
      'no-timestamp': !scheme.timestamped,
      'no-signature': scheme.coverage === 'token' || scheme.coverage === 'none',
      'vendor-allows': true,
    }
    expect(fixture.skips.filter(({ reason }) => allowed[reason] !== true)).toEqual([])
    expect(unplaced(fixture)).toEqual([])
  })
})

function clockOf(request: FixtureRequest): number {
  return 1000 * (request.now ?? 1_700_000_000)
}

async function genuineOf(fixture: ProviderFixture, provider: Provider, request: FixtureRequest): Promise<Genuine> {
  const now = clockOf(request)
  const accepted = await verifierOf(provider)(plain(request), now)
  const { events, handshake } = request.expect
  if (events !== undefined)
    expect(
      accepted.events.map(({ id, type }) => ({ id, type })),
      request.name,
    ).toEqual(events)
  if (handshake !== undefined) expect(accepted.handshake, request.name).toMatchObject(handshake)
  const places = { ...fixture.places, ...request.places }
  return { fixture, provider, request: plain(request), places, now, timestamp: accepted.timestamp }
}

async function expectOtherCase(verify: Verify, { request, now }: Genuine): Promise<void> {
  const headers = Object.entries(request.headers)
  const upper = Object.fromEntries(headers.map(([name, value]) => [name.toUpperCase(), value]))
  await expect(verify({ ...request, headers: upper }, now)).resolves.toBeDefined()
}

/** Refused; or, where the vendor signs only some fields, nothing else reaches a handler. */
async function expectRefused(verify: Verify, mutant: Mutant, genuine: Genuine): Promise<void> {
  const begin = performance.now()
  const outcome = await verify(mutant.request, mutant.now).catch((error: unknown) => error)
  const took = performance.now() - begin
  const about = `${mutant.mutation}: ${mutant.what}`
  if (!(outcome instanceof WebhookError)) {
    const partial = typeof genuine.provider.scheme.coverage === 'object'
    const before = await verify(genuine.request, genuine.now)
    expect(partial && same(outcome as Accepted, before), `${about} was accepted`).toBe(true)
    return
  }
  expect(outcome.code, about).not.toBe('ERR_INTERNAL')
  if (mutant.codes !== undefined) expect(mutant.codes, about).toContain(outcome.code)
  if (mutant.timed === true) expect(took, about).toBeLessThan(5)
}

function same(a: Accepted, b: Accepted): boolean {
  return JSON.stringify(a.events) === JSON.stringify(b.events)
}

/** Mutations that the fixture neither skips nor says where to make. */
function unplaced({ places, skips }: ProviderFixture): string[] {
  const skipped = new Set<string>(skips.map(({ mutation }) => mutation))
  const missing: string[] = []
  for (const name of ['timestamp-bits', 'timestamp-missing', 'timestamp-form', 'timestamp-stale', 'timestamp-future']) {
    if (places.timestamp === undefined && !skipped.has(name)) missing.push(name)
  }
  for (const name of ['id-bits', 'id-missing']) if (places.id === undefined && !skipped.has(name)) missing.push(name)
  return missing
}
