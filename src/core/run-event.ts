import { errorOf } from '../errors.js'
import { randomId } from '../lib/crypto.js'
import { isThenable } from '../lib/thenable.js'
import type { ClaimResult, MaybePromise } from '../types.js'
import { claim } from './claim.js'
import { type Attempt, fromStoredForm } from './context.js'
import { type Core, callSafely, reportError } from './core.js'
import { type Dispatched, dispatch } from './dispatch.js'
import type { Registered } from './handlers.js'
import type { IdentifiedEvent } from './identify.js'
import { Lease } from './lease.js'
import { type EventResult, retrySeconds } from './reply.js'
import { DEADLINE, type Run } from './run.js'
import { attemptOf, ending, resultOf, settle } from './settle.js'
import { runInTransaction } from './transaction.js'

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

/** Claims one event, runs its handlers and settles it. Never rejects. At once where nothing has to be waited for. */
export function runEvent(core: Core, item: IdentifiedEvent, run: Run, alone: boolean): MaybePromise<EventResult> {
  const { event, key } = item
  const todo = core.handlers.matching(event.type)
  if (todo.length === 0) {
    callSafely(core, 'WARN_ON_UNHANDLED_THREW', () => core.onUnhandled?.(event))
    return { id: event.id, outcome: 'unhandled' }
  }
  const job = { item, key: key ?? event.id, nonce: randomId(), askedAt: performance.now(), todo, run, alone }
  const { store } = core.settings
  if (store === undefined || key === undefined) return runUnclaimed(core, job, false)
  if (store.transaction !== undefined) return runInTransaction(core, job)
  const claimed = claim(core, item, key, job.nonce, run)
  return isThenable(claimed) ? runLater(core, job, claimed) : runIfWon(core, job, claimed)
}

async function runLater(core: Core, job: Job, claimed: Promise<ClaimResult | undefined>): Promise<EventResult> {
  return runIfWon(core, job, await claimed)
}

function runIfWon(core: Core, job: Job, result: ClaimResult | undefined): MaybePromise<EventResult> {
  if (result === undefined)
    return core.settings.processWithoutStore ? runUnclaimed(core, job, true) : unavailable(job.item.event.id)
  return result.status === 'won' ? runClaimed(core, job, result) : notWon(core, job.item, result)
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

function runClaimed(core: Core, job: Job, won: Extract<ClaimResult, { status: 'won' }>): MaybePromise<EventResult> {
  const { item, key, askedAt, todo, run, alone } = job
  const attempt = attemptOf(key, won, alone)
  attempt.reply = fromStoredForm(won.result)
  const dispatched = dispatch(core, item.event, todo, attempt, won.progress, run)
  // Timers are for what has to be waited for: a lease and a deadline cost as much as verification.
  const lease = isThenable(dispatched) ? keepLease(core, job) : undefined
  const work = isThenable(dispatched)
    ? dispatched.then((ended) => finish(core, job, ended, attempt, lease))
    : finish(core, job, dispatched, attempt, lease)
  if (!isThenable(work)) return work
  return inTime(core, job, work, () => {
    lease?.release()
    return lease?.leftMs ?? askedAt + core.settings.leaseMs - performance.now()
  })
}

function keepLease(core: Core, { key, nonce, askedAt, item, run }: Job): Lease {
  const lease = new Lease(core, key, nonce, askedAt, () => {
    core.counters.leasesLost++
    reportError(core, errorOf('ERR_LEASE_LOST'), item.event)
    run.stop()
  })
  lease.keep()
  return lease
}

function finish(
  core: Core,
  { item, key, nonce }: Job,
  ended: Dispatched,
  attempt: Attempt,
  lease: Lease | undefined,
): MaybePromise<EventResult> {
  lease?.release()
  const written = settle(core, item.event, key, nonce, ended, attempt)
  const resulting = (finished: 'ok' | 'late' | 'lost'): EventResult =>
    finished === 'lost' || lease?.lost === true
      ? { id: item.event.id, outcome: 'busy', retryAfterSeconds: 1 }
      : resultOf(core, item.event, ended, attempt)
  return isThenable(written) ? written.then(resulting) : resulting(written)
}

/** `remember`: the store was down; a claim that landed after all, or an absent record, is marked done. */
function runUnclaimed(core: Core, job: Job, remember: boolean): MaybePromise<EventResult> {
  const { item, key, nonce, todo, run, alone } = job
  const attempt = attemptOf(key, undefined, alone)
  const dispatched = dispatch(core, item.event, todo, attempt, '', run)
  if (!remember && !isThenable(dispatched)) return resultOf(core, item.event, dispatched, attempt)
  const work = async (): Promise<EventResult> => {
    const ended = await dispatched
    if (remember && ending(ended) === 'done') await settle(core, item.event, key, nonce, ended, attempt)
    return resultOf(core, item.event, ended, attempt)
  }
  return inTime(core, job, work(), () => 1000)
}
