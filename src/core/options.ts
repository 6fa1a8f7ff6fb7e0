import { ConfigError } from '../errors.js'
import { checkOptions, invalidOption, numberOption } from '../lib/options.js'
import { memoryStore } from '../stores/memory.js'
import type { Logger, Provider, ReceiverOptions, Store, WebhookEvent } from '../types.js'

/** Options with every default filled in; frozen. */
export interface Settings {
  /** Undefined: deduplication is off. */
  readonly store: Store<unknown> | undefined
  /** The store was made here, so it is closed here. */
  readonly ownStore: boolean
  readonly clock: () => number
  readonly toleranceMs: number
  readonly maxBodyBytes: number
  readonly leaseMs: number
  readonly maxRunMs: number
  readonly retentionMs: number
  readonly endpoint: string
  readonly key: ((event: WebhookEvent) => string) | undefined
  readonly replayGuard: boolean | undefined
  readonly rerun: boolean
  readonly processWithoutStore: boolean
  readonly maxConcurrent: number
  readonly storeTimeoutMs: number
  readonly secretTimeoutMs: number
  readonly logger: Logger | false | undefined
}

const KNOWN = [
  'store',
  'clock',
  'toleranceSeconds',
  'maxBodyBytes',
  'leaseMs',
  'maxRunMs',
  'retentionSeconds',
  'endpoint',
  'key',
  'replayGuard',
  'redeliver',
  'onStoreError',
  'maxConcurrent',
  'storeTimeoutMs',
  'secretTimeoutMs',
  'logger',
] as const
const WHERE = 'createReceiver'
const DAY_SECONDS = 86_400
/** A hundred years. No store can keep a record for Infinity. */
const MAX_RETENTION_SECONDS = 36_525 * DAY_SECONDS
/** Node's timers hold no more than a signed 32-bit number: anything above would be over at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** The only place with default values. Throws ConfigError for whatever cannot work. */
export function resolveOptions(provider: Provider, options: ReceiverOptions<never> | undefined): Settings {
  const given = checkOptions(options as ReceiverOptions<unknown> | undefined, KNOWN, WHERE)
  const number = (
    name:
      | 'toleranceSeconds'
      | 'maxBodyBytes'
      | 'leaseMs'
      | 'maxRunMs'
      | 'retentionSeconds'
      | 'maxConcurrent'
      | 'storeTimeoutMs'
      | 'secretTimeoutMs',
    fallback: number,
    min: number,
    max?: number,
  ): number => numberOption(given[name], fallback, { where: WHERE, name, min, max })
  const { facts } = provider
  const toleranceSeconds = number('toleranceSeconds', facts.toleranceSeconds ?? 300, 0)
  // Stores count whole milliseconds.
  const leaseMs = Math.ceil(number('leaseMs', 30_000, 100, MAX_TIMER_MS))
  const maxRunMs = number('maxRunMs', 300_000, 1, MAX_TIMER_MS)
  const least =
    2 *
    Math.max(
      leaseMs / 1000,
      maxRunMs / 1000,
      provider.scheme.timestamped && Number.isFinite(toleranceSeconds) ? toleranceSeconds : 0,
    )
  const fallback = Math.max(defaultRetention(provider), least)
  const retentionSeconds = number('retentionSeconds', fallback, 0, MAX_RETENTION_SECONDS)
  if (retentionSeconds < least) {
    throw invalidOption(
      WHERE,
      'retentionSeconds',
      `at least ${least}: twice the tolerance, the lease and maxRunMs, or replays and retries run again`,
    )
  }
  return Object.freeze({
    store: storeOf(given.store),
    ownStore: given.store === undefined,
    clock: functionOption('clock', given.clock) ?? Date.now,
    toleranceMs: toleranceSeconds * 1000,
    maxBodyBytes: number('maxBodyBytes', facts.maxBodyBytes ?? 1_048_576, 1),
    leaseMs,
    maxRunMs,
    retentionMs: Math.ceil(retentionSeconds * 1000),
    endpoint: endpointOf(given.endpoint),
    key: functionOption('key', given.key),
    replayGuard: oneOf('replayGuard', given.replayGuard, [true, false]),
    rerun: rerunOf(provider, oneOf('redeliver', given.redeliver, ['skip', 'run'])),
    processWithoutStore: oneOf('onStoreError', given.onStoreError, ['fail', 'process']) === 'process',
    maxConcurrent: number('maxConcurrent', Number.POSITIVE_INFINITY, 1),
    storeTimeoutMs: number('storeTimeoutMs', 1000, 1, MAX_TIMER_MS),
    secretTimeoutMs: number('secretTimeoutMs', 2000, 1, MAX_TIMER_MS),
    logger: loggerOf(given.logger),
  })
}

function defaultRetention({ facts }: Provider): number {
  const horizon = Math.max(facts.retryHorizonSeconds, facts.resendHorizonSeconds ?? 0)
  return horizon === 0 ? 7 * DAY_SECONDS : Math.max(DAY_SECONDS, 1.5 * horizon)
}

function storeOf(store: Store<unknown> | false | undefined): Store<unknown> | undefined {
  if (store === false) return undefined
  if (store === undefined) return memoryStore() as Store<unknown> // it takes no transaction, so any will do
  const verbs = ['claim', 'renew', 'finish'] as const
  if (typeof store === 'object' && store !== null && verbs.every((verb) => typeof store[verb] === 'function'))
    return store
  throw invalidOption(WHERE, 'store', 'a store (memoryStore(), redisStore(client) …) or false')
}

function endpointOf(endpoint: string | undefined): string {
  if (endpoint === undefined) return 'default'
  if (typeof endpoint === 'string' && endpoint !== '' && endpoint.length <= 128) return endpoint
  throw invalidOption(WHERE, 'endpoint', 'a string of 1 to 128 characters')
}

function rerunOf({ id, facts }: Provider, redeliver: 'skip' | 'run' | undefined): boolean {
  if (redeliver !== 'run') return false
  if (facts.retryHorizonSeconds === 0) return true
  throw new ConfigError('ERR_OPTION_INVALID', {
    detail: `${WHERE}: redeliver 'run' would run events twice, because ${id} retries by itself; use receiver.forget(id)`,
  })
}

function loggerOf(logger: Logger | false | undefined): Logger | false | undefined {
  if (logger === undefined || logger === false) return logger
  if (
    typeof logger === 'object' &&
    logger !== null &&
    typeof logger.warn === 'function' &&
    typeof logger.error === 'function'
  )
    return logger
  throw invalidOption(WHERE, 'logger', 'an object with warn and error (pino, console …) or false')
}

function oneOf<T>(name: string, value: T | undefined, allowed: readonly T[]): T | undefined {
  if (value === undefined || allowed.includes(value)) return value
  throw invalidOption(WHERE, name, allowed.map((one) => JSON.stringify(one)).join(' or '))
}

function functionOption<T>(name: string, value: T | undefined): T | undefined {
  if (value === undefined || typeof value === 'function') return value
  throw invalidOption(WHERE, name, 'a function')
}
