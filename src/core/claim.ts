import type { WebhookError } from '../errors.js'
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
  return isThenable(asked) || isFinished(asked) ? claimLater(core, item, run, asked, ask) : asked
}

async function claimLater(
  core: Core,
  item: IdentifiedEvent,
  run: Run,
  asked: MaybePromise<ClaimResult>,
  ask: (again: boolean) => MaybePromise<ClaimResult>,
): Promise<ClaimResult | undefined> {
  try {
    const result = await asked
    return isFinished(result) && (await wasForgotten(core, item, result)) ? await ask(true) : result
  } catch (error) {
    run.storeDown = true
    storeFailed(core, error as WebhookError, item.event) // askStore rejects with nothing else
    return undefined
  }
}

function isFinished({ status }: ClaimResult): boolean {
  return status === 'done' || status === 'dead'
}
