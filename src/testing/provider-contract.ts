import assert from 'node:assert/strict'
import { createReceiver } from '../core/receiver.js'
import { isWebhookError } from '../errors.js'
import type { Provider, Receiver } from '../types.js'
import { withoutHeader } from './_without-header.js'
import type { SignedRequest } from './sign-request.js'
import type { ContractCase } from './store-contract.js'

export interface ProviderSubject {
  readonly provider: Provider
  /** A genuine request, best one that the vendor itself sent or printed. */
  readonly genuine: SignedRequest
  /** When it was sent, ms since the epoch. */
  readonly now: number
  /** Headers that the signature does not cover: changing them is no forgery. */
  readonly unsigned?: readonly string[] | undefined
}

/**
 * What a provider of your own has to hold, as cases for any test runner: the genuine request is accepted and identified, everything else
 * refused.
 *
 * @example
 * for (const { title, run } of providerContract({ provider, genuine, now })) it(title, run)
 */
export function providerContract(subject: ProviderSubject): readonly ContractCase[] {
  const { provider, genuine, now, unsigned = [] } = subject
  const receiver = createReceiver(provider, { store: false, clock: () => now, logger: false })
  const signs = provider.scheme.coverage !== 'token' && provider.scheme.coverage !== 'none'
  const required = provider.scheme.requires.flatMap(({ anyOf }) => anyOf.filter((name) => name in genuine.headers))
  return [
    { title: 'the genuine request is accepted', run: async () => void (await receiver.verify(genuine)) },
    {
      title: 'each event has a type, and an id where the provider sends one',
      run: () => identified(receiver, subject),
    },
    ...(signs ? [{ title: 'every flipped bit of the body is refused', run: () => everyFlip(receiver, genuine) }] : []),
    ...required.flatMap((name) => [
      {
        title: `without ${name} it is refused`,
        run: () => refused(receiver, withoutHeader(genuine, name)),
      },
      {
        title: `with ${name} twice it is refused`,
        run: () =>
          refused(receiver, {
            ...genuine,
            headers: { ...genuine.headers, [name.toUpperCase()]: genuine.headers[name] ?? '' },
          }),
      },
      {
        title: `with an empty ${name} it is refused`,
        run: () => refused(receiver, { ...genuine, headers: { ...genuine.headers, [name]: '' } }),
      },
      ...(unsigned.includes(name)
        ? []
        : [{ title: `with ${name} changed it is refused`, run: () => everyCharacter(receiver, genuine, name) }]),
    ]),
    ...(provider.scheme.timestamped ? [stale(subject, 'stale', 1), stale(subject, 'from the future', -1)] : []),
  ]
}

async function identified(receiver: Receiver, { provider, genuine }: ProviderSubject): Promise<void> {
  const { events, handshake } = await receiver.verify(genuine)
  assert.ok(events.length > 0 || handshake !== undefined, 'it holds an event or is a handshake')
  for (const { type, id } of events) {
    assert.notEqual(type, '', 'the type is not empty')
    if (provider.facts.idStable !== 'none') assert.ok(typeof id === 'string', 'the id is a string')
  }
}

function stale({ provider, genuine, now }: ProviderSubject, title: string, sign: number): ContractCase {
  const off = (provider.facts.toleranceSeconds ?? 300) * 1000 + 1000
  const late = createReceiver(provider, { store: false, clock: () => now + sign * off, logger: false })
  return { title: `${title}, it is refused`, run: () => refused(late, genuine) }
}

async function everyFlip(receiver: Receiver, genuine: SignedRequest): Promise<void> {
  for (let bit = 0; bit < genuine.body.length * 8; bit++) {
    const body = Uint8Array.from(genuine.body)
    body[bit >> 3] = (body[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    await refused(receiver, { ...genuine, body })
  }
}

async function everyCharacter(receiver: Receiver, genuine: SignedRequest, name: string): Promise<void> {
  const value = genuine.headers[name] ?? ''
  for (let at = 0; at < value.length; at++) {
    const changed = `${value.slice(0, at)}${value[at] === '1' ? '2' : '1'}${value.slice(at + 1)}`
    await refused(receiver, { ...genuine, headers: { ...genuine.headers, [name]: changed } })
  }
}

async function refused(receiver: Receiver, request: SignedRequest): Promise<void> {
  const accepted = await receiver.verify(request).then(
    () => true,
    (error: unknown) => {
      assert.ok(isWebhookError(error), 'it is refused with a coded error')
      return false
    },
  )
  assert.equal(accepted, false, 'it is refused')
}
