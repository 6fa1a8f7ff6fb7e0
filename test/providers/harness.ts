import { existsSync } from 'node:fs'
import { createReceiver } from '../../src/index.js'
import type { Provider, WebhookEvent, WebhookReply } from '../../src/types.js'
import type { FixtureRequest, ProviderFixture } from './fixture.js'
import type { PlainRequest } from './mutants.js'

export function camelCase(id: string): string {
  return id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

/** The provider of a fixture's request, with the key that signed it or with another. */
export async function providerOf(
  fixture: ProviderFixture,
  request?: FixtureRequest,
  key: 'right' | 'wrong' = 'right',
): Promise<Provider> {
  const module = (await import(`../../src/providers/${fixture.id}.ts`)) as Record<string, (options: object) => Provider>
  const make = module[camelCase(fixture.id)]
  if (make === undefined) throw new Error(`src/providers/${fixture.id}.ts does not export ${camelCase(fixture.id)}`)
  const wrong = key === 'wrong' ? (request?.wrongKey ?? fixture.wrongKey) : {}
  const options = Object.entries({ ...fixture.options, ...request?.options, ...wrong })
  return make(await complete(fixture.id, Object.fromEntries(options.filter(([, value]) => value !== null))))
}

/** Options with what JSON cannot hold. */
async function complete(id: string, options: object): Promise<object> {
  if (!existsSync(new URL(`./setup/${id}.ts`, import.meta.url))) return options
  const module = (await import(`./setup/${id}.ts`)) as { setup(options: object): object }
  return module.setup(options)
}

export interface Seen {
  readonly id: string
  readonly type: string
  readonly payload: unknown
}

/** What a verified request holds, as far as the table compares it. */
export interface Accepted {
  readonly timestamp: number | undefined
  readonly events: readonly Seen[]
}

export interface Bench {
  /** Questions 1 and 2 alone. Throws a WebhookError. */
  verify(request: PlainRequest, now: number): Promise<Accepted>
  /** The whole pipeline without a store: the reply, what a handler saw, and the code that the log got. */
  deliver(
    request: PlainRequest,
    now: number,
  ): Promise<{ readonly reply: WebhookReply; readonly events: readonly Seen[]; readonly code: string | undefined }>
}

function seen({ id, type, payload }: WebhookEvent): Seen {
  return { id, type, payload }
}

/** A receiver of the provider, whose clock is set by each call. */
export function benchOf(provider: Provider): Bench {
  let clock = 0
  let handled: Seen[] = []
  let code: string | undefined
  const note = (fields: object): void => {
    if ('code' in fields && String(fields.code).startsWith('ERR_')) code = String(fields.code)
  }
  const receiver = createReceiver(provider, {
    clock: () => clock,
    store: false,
    logger: { debug: note, info: note, warn: note, error: note },
  }).onAny((event) => handled.push(seen(event)))
  return {
    async verify(request, now) {
      clock = now
      const { timestamp, events } = await receiver.verify(request)
      return { timestamp, events: events.map((event) => seen(event)) }
    },
    async deliver(request, now) {
      clock = now
      handled = []
      code = undefined
      const reply = await receiver.receive(request)
      return { reply, events: handled, code }
    },
  }
}
