import { type ErrorCode, errorOf, type WebhookError } from '../errors.js'
import { isThenable } from '../lib/thenable.js'
import type { Provider, ReceiverCounters, WebhookEvent, WebhookReply } from '../types.js'
import type { HandlerRegistry } from './handlers.js'
import type { Log } from './log.js'
import type { Settings } from './options.js'
import type { Run } from './run.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** A receiver's parts, handed to every verb of the pipeline. */
export interface Core {
  readonly provider: Provider
  readonly settings: Settings
  readonly handlers: HandlerRegistry
  readonly log: Log
  readonly counters: Mutable<ReceiverCounters>
  /** Requests between verification and settlement. */
  readonly runs: Set<Run>
  /** Answers to what is not let in, by the code of the refusal. */
  readonly refusals: Map<ErrorCode, WebhookReply>
  closing: boolean
  /** Mounted as a guard. */
  guarding: boolean
  onUnhandled: ((event: WebhookEvent) => unknown) | undefined
  onError: ((error: WebhookError, event: WebhookEvent | undefined) => unknown) | undefined
}

/** Hands an error to the user's onError; what that throws is only logged. */
export function reportError(core: Core, error: WebhookError, event: WebhookEvent | undefined): void {
  if (core.onError === undefined) {
    core.log.error(error.code, error.message, { error, event })
    return
  }
  callSafely(core, 'WARN_ON_ERROR_THREW', () => core.onError?.(error, event))
}

/** Counts and reports a store's failure. */
export function storeFailed(core: Core, error: WebhookError, event: WebhookEvent): void {
  core.counters.storeErrors++
  reportError(core, error, event)
}

/** Counts and reports that another owner may have an event. */
export function leaseLost(core: Core, event: WebhookEvent): void {
  core.counters.leasesLost++
  reportError(core, errorOf('ERR_LEASE_LOST'), event)
}

/** Runs a user's callback whose failure changes nothing. */
export function callSafely(core: Core, code: string, call: () => unknown): void {
  const failed = (error: unknown): void => core.log.warn(code, 'a callback threw', { error })
  try {
    const result = call()
    if (isThenable(result)) result.then(undefined, failed)
  } catch (error) {
    failed(error)
  }
}
