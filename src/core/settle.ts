import type { WebhookError } from '../errors.js'
import { isThenable } from '../lib/thenable.js'
import type { ClaimResult, FinishOptions, MaybePromise } from '../types.js'
import { type Attempt, storedForm } from './context.js'
import { type Core, storeFailed } from './core.js'
import type { Dispatched } from './dispatch.js'
import type { ReceivedEvent } from './event.js'
import { askStore } from './store.js'

const WRITE_AGAIN_MS = 1000

type Won = Extract<ClaimResult, { status: 'won' }>

/** What the handlers of one event see of its claim; without one, nothing is deduplicated. */
export function attemptOf(key: string, won: Won | undefined, mayRespond: boolean, transaction?: unknown): Attempt {
  return {
    key,
    attempt: won?.attempt ?? 0,
    fence: won?.fence ?? 0,
    deduplicated: won !== undefined,
    mayRespond,
    transaction,
    reply: undefined,
  }
}

/** free while a handler is left, else dead where one failed for good, else done. */
export function ending({ open, settled }: Dispatched): 'free' | 'dead' | 'done' {
  if (open > 0) return 'free'
  for (const id of settled) if (id.startsWith('!')) return 'dead'
  return 'done'
}

/** Writes how the handlers ended. */
export function settle(
  core: Core,
  event: ReceivedEvent,
  key: string,
  nonce: string,
  dispatched: Dispatched,
  attempt: Attempt,
): MaybePromise<'ok' | 'late' | 'lost'> {
  const result = storedForm(attempt.reply)
  if (attempt.reply !== undefined && result === undefined) {
    core.log.perMinute(
      'WARN_REPLY_NOT_STORED',
      'a reply that is not 2xx or over 4 KiB is not stored: duplicates get the plain success',
    )
  }
  const to = ending(dispatched)
  const progress = to === 'free' ? [...dispatched.settled].join(' ') : ''
  return writeEnding(core, event, key, { nonce, to, progress, result, retentionMs: core.settings.retentionMs })
}

/** A store that fails here changes nothing about the answer: the effect has happened. */
export function writeEnding(
  core: Core,
  event: ReceivedEvent,
  key: string,
  options: FinishOptions,
): MaybePromise<'ok' | 'late' | 'lost'> {
  const { store, leaseMs, storeTimeoutMs } = core.settings
  if (store === undefined) return 'ok'
  const write = (): MaybePromise<'ok' | 'late' | 'lost'> => askStore(() => store.finish(key, options), storeTimeoutMs)
  const asked = write()
  if (!isThenable(asked)) return asked
  return asked.catch((error: WebhookError) => {
    core.counters.finishFailed++
    storeFailed(core, error, event) // askStore rejects with nothing else
    writeLater(write, performance.now() + leaseMs)
    return 'ok'
  })
}

/** While the lease holds nobody else runs the event: what could not be written is tried again until then. */
function writeLater(write: () => MaybePromise<unknown>, until: number): void {
  // Outside Node a timer is a number, and holds no process.
  const timer: { unref?(): unknown } | number = setTimeout(async () => {
    try {
      await write()
    } catch {
      if (performance.now() < until) writeLater(write, until)
    }
  }, WRITE_AGAIN_MS)
  if (typeof timer === 'object') timer.unref?.()
}
