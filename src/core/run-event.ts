import { randomId } from '../lib/crypto.js'
import { isThenable } from '../lib/thenable.js'
import type { ClaimResult, MaybePromise } from '../types.js'
import { claim } from './claim.js'
import { type Attempt, fromStoredForm } from './context.js'
import { type Core, callSafely, leaseLost } from './core.js'
import { type Dispatched, dispatch } from './dispatch.js'
import type { IdentifiedEvent } from './identify.js'
import { inTime, type Job } from './job.js'
import { Lease } from './lease.js'
import { type EventResult, notWon, resultOf, unavailable } from './result.js'
import type { Run } from './run.js'
import { attemptOf, ending, settle } from './settle.js'
import { runInTransaction } from './transaction.js'

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
    leaseLost(core, item.event)
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
  const resulting = (finished: 'ok' | 'late' | 'lost'): EventResult => {
    const noticed = lease?.lost === true
    if (finished !== 'lost' && !noticed) return resultOf(core, item.event, ended, attempt)
    if (!noticed) leaseLost(core, item.event)
    return { id: item.event.id, outcome: 'busy', retryAfterSeconds: 1 }
  }
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
