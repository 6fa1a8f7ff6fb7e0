import { existsSync } from 'node:fs'
import { IncomingRequest } from '../../src/core/incoming.js'
import { errorOf, WebhookError } from '../../src/errors.js'
import type { Message, Provider, Verdict } from '../../src/types.js'
import type { ProviderFixture } from './fixture.js'
import { type PlainRequest, toleranceMs } from './mutants.js'

/** What a verified request holds, as far as the table compares it. */
export interface Accepted {
  readonly timestamp: number | undefined
  readonly events: readonly { readonly id: string; readonly type: string; readonly payload: unknown }[]
  readonly handshake?:
    | { readonly status: number; readonly headers: object; readonly body: string | Uint8Array }
    | undefined
}

/** Verifies a request at a time; throws a WebhookError. */
export type Verify = (request: PlainRequest, now: number) => Promise<Accepted>

export function camelCase(id: string): string {
  return id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

/** The provider of a fixture, with options over the fixture's own. */
export async function providerOf(fixture: ProviderFixture, options: object = {}): Promise<Provider> {
  const module = (await import(`../../src/providers/${fixture.id}.ts`)) as Record<string, (options: object) => Provider>
  const make = module[camelCase(fixture.id)]
  if (make === undefined) throw new Error(`src/providers/${fixture.id}.ts does not export ${camelCase(fixture.id)}`)
  return make(await complete(fixture.id, { ...fixture.options, ...options }))
}

/** Options with what JSON cannot hold. */
async function complete(id: string, options: object): Promise<object> {
  if (!existsSync(new URL(`./setup/${id}.ts`, import.meta.url))) return options
  const module = (await import(`./setup/${id}.ts`)) as { setup(options: object): object }
  return module.setup(options)
}

export function verifierOf(provider: Provider): Verify {
  return async (request, now) => {
    const incoming = new IncomingRequest(request, now, toleranceMs(provider), 2000)
    for (const { anyOf, code } of provider.scheme.requires) {
      if (!anyOf.some((name) => incoming.header(name) !== undefined)) throw errorOf(code)
    }
    incoming.body = request.body
    const verdict: Verdict = await provider.scheme.verify(incoming)
    if (typeof verdict === 'string') throw errorOf(verdict)
    const payload = verdict.content ?? provider.body.decode(incoming.body, incoming)
    const message: Message = Object.assign(incoming, { verified: verdict, payload })
    const handshake = provider.handshakes?.signed?.(message)
    const items = handshake === undefined ? (provider.events?.(message) ?? [payload]) : []
    const events = items.map((item) => {
      const { id, type } = provider.identify(item, message)
      if (provider.matches?.(item, type) === false) throw new WebhookError('ERR_EVENT_TYPE_MISMATCH')
      return { id: String(id), type, payload: item }
    })
    return { timestamp: verdict.timestamp, events, handshake }
  }
}
