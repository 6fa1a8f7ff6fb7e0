import type { ClaimResult, Outcome, Reply } from '../types.js'
import { type Attempt, fromStoredForm } from './context.js'
import type { Core } from './core.js'
import type { Dispatched } from './dispatch.js'
import type { ReceivedEvent } from './event.js'
import type { IdentifiedEvent } from './identify.js'

/** What became of one event. */
export interface EventResult {
  readonly id: string
  readonly outcome: Outcome
  /** Sets Retry-After. */
  readonly retryAfterSeconds?: number | undefined
  /** The handler's own reply, or the stored one. */
  readonly reply?: Reply | undefined
}

/** The result of an event whose handlers have ended. */
export function resultOf(core: Core, event: ReceivedEvent, dispatched: Dispatched, attempt: Attempt): EventResult {
  if (dispatched.open === 0) {
    core.counters.handled++
    return { id: event.id, outcome: 'handled', reply: attempt.reply }
  }
  core.counters.failed++
  const { laterSeconds } = dispatched
  return { id: event.id, outcome: 'failed', retryAfterSeconds: laterSeconds === 0 ? undefined : laterSeconds }
}

/** The answer where another delivery of the event has the claim, or had it. */
export function notWon(
  core: Core,
  { event, guarded, tag }: IdentifiedEvent,
  result: Exclude<ClaimResult, { status: 'won' }>,
): EventResult {
  if (result.status === 'busy')
    return { id: event.id, outcome: 'busy', retryAfterSeconds: retrySeconds(result.retryAfterMs) }
  const same = result.tag === tag
  core.counters.duplicates++
  if (guarded && !same) {
    core.counters.replaysSuspected++
    core.log.perMinute('WARN_REPLAY_SUSPECTED', 'a finished event came again under another delivery id', {
      id: event.id,
      firstId: result.tag,
    })
  }
  return { id: event.id, outcome: 'duplicate', reply: same ? fromStoredForm(result.result) : undefined }
}

/** The answer where the store could not be asked. */
export function unavailable(id: string): EventResult {
  return { id, outcome: 'unavailable', retryAfterSeconds: 5 }
}

/** Retry-After in whole seconds, from 1 to 60. */
export function retrySeconds(ms: number): number {
  return Math.min(60, Math.max(1, Math.ceil(ms / 1000)))
}
