import { type ErrorCode, errorOf, isWebhookError, type WebhookError } from '../errors.js'
import { isWellFormed } from '../lib/bytes.js'
import { digest, digestText } from '../lib/crypto.js'
import type { Identity } from '../types.js'
import type { Core } from './core.js'
import { eventsOf, type ReceivedEvent } from './event.js'
import { type KeyMode, recordKey } from './key.js'
import type { RequestMessage } from './message.js'

/** An event with the name of its record. */
export interface IdentifiedEvent {
  readonly event: ReceivedEvent
  /** Undefined: the provider sends no id, so nothing can be deduplicated. */
  readonly key: string | undefined
  /** Keyed by the digest of the signed input instead of the unsigned id. */
  readonly guarded: boolean
  /** The unsigned id, where the key does not hold it: a replay is told apart from a retry by it. Else empty. */
  readonly tag: string
  readonly tenant: string
}
/** An item that cannot be told apart from others. */
export interface UnidentifiedEvent {
  readonly event: ReceivedEvent
  readonly error: WebhookError
}

const MAX_ID_LENGTH = 512

/** The events of a message with their records' names, equal ones left out. Throws WebhookError where the body cannot be parsed. */
export function identify(core: Core, message: RequestMessage): readonly (IdentifiedEvent | UnidentifiedEvent)[] {
  const events = eventsOf(core.provider, message)
  const [only] = events
  if (only !== undefined && events.length === 1) return [identifyOne(core, message, only, undefined)]
  const seen = new Set<string>()
  const found: (IdentifiedEvent | UnidentifiedEvent)[] = []
  for (const [index, event] of events.entries()) {
    const one = identifyOne(core, message, event, index)
    if ('key' in one && one.key !== undefined) {
      if (seen.has(one.key)) {
        core.log.perMinute(
          'WARN_DUPLICATE_IN_BATCH',
          'two events of one request have the same id; the first one counts',
          { id: one.event.id },
        )
        continue
      }
      seen.add(one.key)
    }
    found.push(one)
  }
  return found
}

function identifyOne(
  core: Core,
  message: RequestMessage,
  event: ReceivedEvent,
  index: number | undefined,
): IdentifiedEvent | UnidentifiedEvent {
  try {
    return withKey(core, message, event, index)
  } catch (error) {
    return {
      event: event.withIdentity({ id: undefined, type: '' }),
      error: isWebhookError(error) ? error : errorOf('ERR_INTERNAL', { cause: error }),
    }
  }
}

function withKey(
  core: Core,
  message: RequestMessage,
  received: ReceivedEvent,
  index: number | undefined,
): IdentifiedEvent | UnidentifiedEvent {
  const { provider, settings } = core
  const identity = received.identity
  const tenant = message.verified.tenant ?? ''
  const bySignedInput = identity.keyBySignedInput === true && message.verified.signed.length > 0
  const event = bySignedInput ? received.withIdentity({ ...identity, id: signedDigest(message, index) }) : received
  if (provider.matches !== undefined && !provider.matches(event.payload, identity.type)) {
    return { event, error: errorOf('ERR_EVENT_TYPE_MISMATCH') }
  }
  if (settings.key !== undefined) return userKey(core, message, event)
  if (event.identity.id === undefined && provider.facts.idStable === 'none')
    return { event, key: undefined, guarded: false, tag: '', tenant }
  const invalid = idProblem(event.identity)
  if (invalid !== undefined) return { event, error: errorOf(invalid) }
  if (bySignedInput) return { event, key: keyOf(core, message, 'd', event.id), guarded: false, tag: '', tenant }
  if (isGuarded(core, message, event))
    return { event, key: keyOf(core, message, 'd', signedDigest(message, index)), guarded: true, tag: event.id, tenant }
  return { event, key: keyOf(core, message, 'i', event.id), guarded: false, tag: '', tenant }
}

function idProblem({ id }: Identity): ErrorCode | undefined {
  if (id === undefined || id === '') return 'ERR_EVENT_ID_MISSING'
  const fine = typeof id === 'string' ? id.length <= MAX_ID_LENGTH && isWellFormed(id) : Number.isSafeInteger(id)
  return fine ? undefined : 'ERR_EVENT_ID_INVALID'
}

function isGuarded({ provider, settings }: Core, message: RequestMessage, event: ReceivedEvent): boolean {
  if (provider.facts.idSigned || message.verified.signed.length === 0) return false
  return settings.replayGuard ?? provider.unique?.(event.payload, event.type) ?? false
}

function userKey(core: Core, message: RequestMessage, event: ReceivedEvent): IdentifiedEvent | UnidentifiedEvent {
  const tenant = message.verified.tenant ?? ''
  try {
    const id: unknown = core.settings.key?.(event)
    if (typeof id === 'string' && id !== '' && id.length <= MAX_ID_LENGTH && isWellFormed(id)) {
      return { event, key: keyOf(core, message, 'u', id), guarded: false, tag: '', tenant }
    }
    return { event, error: errorOf('ERR_KEY_FUNCTION') }
  } catch (error) {
    return { event, error: errorOf('ERR_KEY_FUNCTION', { cause: error }) }
  }
}

function keyOf({ provider, settings }: Core, message: RequestMessage, mode: KeyMode, id: string): string {
  return recordKey(provider.keyId, settings.endpoint, message.verified.tenant ?? '', mode, id)
}

/** The digest of exactly what went into the MAC; items of one batch are told apart by their position. */
function signedDigest(message: RequestMessage, index: number | undefined): string {
  const { signed } = message.verified
  const [only] = signed
  const hex =
    signed.length === 1 && only !== undefined
      ? digestText('sha256', only, 'hex')
      : digest('sha256', signed).toString('hex')
  return index === undefined ? hex : `${hex}:${index}`
}
