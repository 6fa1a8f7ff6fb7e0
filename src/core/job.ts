import { errorOf } from '../errors.js'
import { type Core, reportError } from './core.js'
import type { Registered } from './handlers.js'
import type { IdentifiedEvent } from './identify.js'
import { type EventResult, retrySeconds } from './result.js'
import { DEADLINE, type Run } from './run.js'

/** One event on its way through claim, handlers and settlement. */
export interface Job {
  readonly item: IdentifiedEvent
  readonly key: string
  readonly nonce: string
  /** When the claim was asked for, by `performance.now()`: the store's lease does not begin before. */
  readonly askedAt: number
  readonly todo: readonly Registered[]
  readonly run: Run
  /** The request holds no other event, so that a handler may answer. */
  readonly alone: boolean
}

/** The result of the work, or at maxRunMs an answer without it: it settles later, by itself. */
export async function inTime(
  core: Core,
  { item, run }: Job,
  work: Promise<EventResult>,
  leftMs: () => number,
): Promise<EventResult> {
  const first = await Promise.race([work, run.deadline])
  if (first !== DEADLINE) return first
  run.work = work
  reportError(core, errorOf('ERR_HANDLER_TIMEOUT'), item.event)
  return { id: item.event.id, outcome: 'busy', retryAfterSeconds: retrySeconds(leftMs()) }
}
