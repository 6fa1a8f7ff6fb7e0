import { errorOf, HandlerError, isWebhookError, type WebhookError } from '../errors.js'
import type { MaybePromise } from '../types.js'
import { known } from './claim.js'
import { type Attempt, storedForm } from './context.js'
import { type Core, reportError, storeFailed } from './core.js'
import { type Dispatched, dispatch } from './dispatch.js'
import { inTime, type Job } from './job.js'
import { type EventResult, notWon, resultOf, unavailable } from './result.js'
import { attemptOf, ending } from './settle.js'
import { askStore } from './store.js'

/** Thrown through the store, so that it rolls everything back. */
class RolledBack extends Error {
  readonly dispatched: Dispatched
  readonly attempt: Attempt
  constructor(dispatched: Dispatched, attempt: Attempt) {
    super('rolled back')
    this.dispatched = dispatched
    this.attempt = attempt
  }
}

/** Claim, the handlers' writes and done in one commit: any throw rolls all of it back. Never rejects. */
export async function runInTransaction(core: Core, job: Job): Promise<EventResult> {
  return inTime(core, job, commit(core, job), () => 1000)
}

async function commit(core: Core, job: Job): Promise<EventResult> {
  const { item, key, todo, run, alone } = job
  const { store, retentionMs, maxRunMs, rerun } = core.settings
  const { event } = item
  if (run.storeDown) return unavailable(event.id)
  let attempt: Attempt | undefined
  try {
    const options = { tag: item.tag, retentionMs, maxRunMs, rerun, signal: run.signal }
    const ended = await store?.transaction?.(key, options, async (transaction, number) => {
      const won = { status: 'won', fence: number, attempt: number, progress: '', tag: item.tag } as const
      const begun = attemptOf(key, won, alone, transaction)
      attempt = begun
      const dispatched = await dispatch(core, event, todo, begun, '', run)
      if (ending(dispatched) !== 'done') throw new RolledBack(dispatched, begun)
      return { value: { dispatched, attempt: begun }, result: storedForm(begun.reply) }
    })
    if (ended === undefined) return unavailable(event.id)
    return ended.status === 'ran'
      ? resultOf(core, event, ended.value.dispatched, ended.value.attempt)
      : notWon(core, item, known(ended))
  } catch (thrown) {
    if (thrown instanceof RolledBack) return afterRollback(core, job, thrown)
    const error = isWebhookError(thrown) ? thrown : errorOf('ERR_STORE_UNAVAILABLE', { cause: thrown })
    if (isOfHandlers(error)) return notKept(core, job, error, attempt)
    run.storeDown = true
    storeFailed(core, error, event)
    return unavailable(event.id)
  }
}

/** Of this or another copy of the package. */
function isOfHandlers({ code }: WebhookError): boolean {
  return errorOf(code) instanceof HandlerError
}

/** The handlers ran out of time or spoilt the transaction: the store is well, and has kept nothing of theirs. */
function notKept(core: Core, job: Job, error: WebhookError, attempt: Attempt | undefined): MaybePromise<EventResult> {
  const { event } = job.item
  // At the run's own deadline `inTime` says so, and answers.
  if (!job.run.over) reportError(core, error, event)
  if (attempt === undefined || error.code === 'ERR_HANDLER_TIMEOUT') {
    return { id: event.id, outcome: 'busy', retryAfterSeconds: 1 }
  }
  return afterRollback(core, job, new RolledBack({ settled: new Set(), open: 1, laterSeconds: 0 }, attempt))
}

/** Writes what is left of the attempt, its number or that it is dead, in a statement of its own. */
async function afterRollback(
  core: Core,
  { item, key, nonce }: Job,
  { dispatched, attempt }: RolledBack,
): Promise<EventResult> {
  const { store, leaseMs, retentionMs, storeTimeoutMs } = core.settings
  const result = resultOf(core, item.event, dispatched, attempt)
  if (store === undefined) return result
  try {
    const claimed = await askStore(
      () => store.claim(key, { nonce, leaseMs, retentionMs, tag: item.tag }),
      storeTimeoutMs,
    )
    if (claimed.status === 'won') {
      await askStore(
        () => store.finish(key, { nonce, to: ending(dispatched), progress: '', retentionMs }),
        storeTimeoutMs,
      )
    }
    return result
  } catch (error) {
    storeFailed(core, isWebhookError(error) ? error : errorOf('ERR_STORE_UNAVAILABLE', { cause: error }), item.event)
    // A dead event that could not be recorded as dead has to come again.
    return result.outcome === 'handled' ? unavailable(item.event.id) : result
  }
}
