import { type ErrorCode, errorOf, isWebhookError, type WebhookError } from '../errors.js'
import { isThenable } from '../lib/thenable.js'
import type { MaybePromise, WebhookReply, WebhookRequest } from '../types.js'
import { type Core, reportError } from './core.js'
import { signedHandshake } from './handshake.js'
import { type IdentifiedEvent, identify, type UnidentifiedEvent } from './identify.js'
import type { RequestMessage } from './message.js'
import { combine, refusal } from './reply.js'
import type { EventResult } from './result.js'
import { Run } from './run.js'
import { runEvent } from './run-event.js'
import { authenticate } from './verify.js'

type Item = IdentifiedEvent | UnidentifiedEvent

/** The whole pipeline. Never throws, never rejects. */
export async function receive(core: Core, request: WebhookRequest): Promise<WebhookReply> {
  core.counters.received++
  try {
    const shed = shedding(core)
    if (shed !== undefined) return refuse(core, shed)
    const authenticated = authenticate(core, request)
    const message = isThenable(authenticated) ? await authenticated : authenticated
    if (typeof message === 'string') return refuse(core, message)
    if ('outcome' in message) return message
    const handshake = signedHandshake(core, message)
    if (handshake !== undefined) return handshake
    const handled = handle(core, message)
    return isThenable(handled) ? await handled : handled
  } catch (error) {
    return refuse(core, error)
  }
}

/** At once where nothing has to be waited for. */
function handle(core: Core, message: RequestMessage): MaybePromise<WebhookReply> {
  const items = identify(core, message)
  const only = items.length === 1 ? items[0] : undefined
  if (only !== undefined && 'error' in only) return refuse(core, only.error)
  // Asked again: many may have been verified at once.
  const shed = shedding(core)
  if (shed !== undefined) return refuse(core, shed)
  const run = new Run(core.settings.maxRunMs)
  core.runs.add(run)
  try {
    const first = only === undefined ? undefined : runEvent(core, only, run, true)
    if (first !== undefined && !isThenable(first)) return answered(core, run, [first])
    return answerLater(core, run, first === undefined ? runAll(core, items, run) : first.then((result) => [result]))
  } catch (error) {
    ended(core, run)
    throw error
  }
}

function answered(core: Core, run: Run, results: readonly EventResult[]): WebhookReply {
  warnIfSlow(core, run)
  ended(core, run)
  return combine(core, results)
}

async function answerLater(core: Core, run: Run, results: Promise<readonly EventResult[]>): Promise<WebhookReply> {
  try {
    return answered(core, run, await results)
  } catch (error) {
    ended(core, run)
    throw error
  }
}

/** Work that goes on after the answer ends the run by itself. */
function ended({ runs }: Core, run: Run): void {
  const end = (): void => {
    run.end()
    runs.delete(run)
  }
  if (run.work === undefined) end()
  else void run.work.finally(end)
}

// One after another: nothing is held ahead, and a failing event does not stop the next.
async function runAll(core: Core, items: readonly Item[], run: Run): Promise<readonly EventResult[]> {
  const results: EventResult[] = []
  for (const item of items) {
    const id = item.event.id
    if ('error' in item) {
      reportError(core, item.error, item.event)
      results.push({ id, outcome: 'failed' })
    } else if (run.over || core.closing) results.push({ id, outcome: 'busy', retryAfterSeconds: 1 })
    else results.push(await runEvent(core, item, run, false))
  }
  return results
}

/** Before events are lost to it, not after. */
function warnIfSlow({ provider, log }: Core, run: Run): void {
  const { deadlineSeconds } = provider.facts
  if (deadlineSeconds === undefined) return
  const { elapsedMs } = run
  if (elapsedMs < 0.8 * 1000 * deadlineSeconds) return
  const text = `the handlers took more than four fifths of the ${deadlineSeconds} s that ${provider.id} waits for an answer: do the slow part elsewhere`
  log.perMinute('WARN_NEAR_DEADLINE', text, { elapsedMs: Math.round(elapsedMs) })
}

/** Why nothing new is taken on, if so. */
export function shedding({ closing, runs, settings }: Core): ErrorCode | undefined {
  if (closing) return 'ERR_CLOSING'
  return runs.size >= settings.maxConcurrent ? 'ERR_SHED' : undefined
}

/** The reply of a refusal; the reason goes to the log only. */
export function refuse(core: Core, reason: ErrorCode | unknown): WebhookReply {
  const error = typeof reason === 'string' ? undefined : toWebhookError(reason)
  const code = error?.code ?? (reason as ErrorCode) // the only strings that come here
  const reply = refusal(core, code)
  if (reply.outcome === 'rejected') {
    core.counters.rejected++
    core.log.perMinute(code, () => (error ?? errorOf(code)).message)
  } else if (error?.code === 'ERR_INTERNAL') reportError(core, error, undefined)
  else core.log.perMinute(code, () => (error ?? errorOf(code)).message, error === undefined ? undefined : { error })
  return reply
}

function toWebhookError(reason: unknown): WebhookError {
  return isWebhookError(reason) ? reason : errorOf('ERR_INTERNAL', { cause: reason })
}
