import { errorOf, type WebhookError } from '../errors.js'
import { isThenable } from '../lib/thenable.js'
import type { ClaimResult, MaybePromise } from '../types.js'
import { type Core, storeFailed } from './core.js'
import { wasForgotten } from './forget.js'
import type { IdentifiedEvent } from './identify.js'
import type { Run } from './run.js'
import { askStore } from './store.js'

/** Takes the right to run an event, or says who has it; undefined where the store could not be asked. At once where the store answers so. */
export function claim(
  core: Core,
  item: IdentifiedEvent,
  key: string,
  nonce: string,
  run: Run,
): MaybePromise<ClaimResult | undefined> {
  const { store, leaseMs, retentionMs, storeTimeoutMs, rerun } = core.settings
  if (run.storeDown || store === undefined) return undefined
  const ask = (again: boolean): MaybePromise<ClaimResult> =>
    askStore(() => store.claim(key, { nonce, leaseMs, retentionMs, tag: item.tag, rerun: again }), storeTimeoutMs)
  const asked = ask(rerun)
  return isThenable(asked) || !isOpen(asked) ? claimLater(core, item, run, asked, ask) : asked
}

async function claimLater(
  core: Core,
  item: IdentifiedEvent,
  run: Run,
  asked: MaybePromise<ClaimResult>,
  ask: (again: boolean) => MaybePromise<ClaimResult>,
): Promise<ClaimResult | undefined> {
  try {
    const result = known(await asked)
    return isFinished(result) && (await wasForgotten(core, item, result)) ? known(await ask(true)) : result
  } catch (error) {
    run.storeDown = true
    storeFailed(core, error as WebhookError, item.event) // askStore rejects with nothing else, and `known` throws nothing else
    return undefined
  }
}

/** Whatever else a store of the user's own answers would pass for a duplicate, and the event be lost. */
export function known<T extends { readonly status: string }>(result: T): T {
  if (isOpen(result) || isFinished(result)) return result
  throw errorOf('ERR_STORE_UNAVAILABLE', { detail: 'it answered a claim with neither won, busy, done nor dead' })
}

function isOpen(result: { readonly status: string } | null | undefined): boolean {
  return result?.status === 'won' || result?.status === 'busy'
}

function isFinished(result: { readonly status: string } | null | undefined): boolean {
  return result?.status === 'done' || result?.status === 'dead'
}
