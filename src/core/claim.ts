import type { WebhookError } from '../errors.js'
import type { ClaimResult } from '../types.js'
import { type Core, storeFailed } from './core.js'
import { wasForgotten } from './forget.js'
import type { IdentifiedEvent } from './identify.js'
import type { Run } from './run.js'
import { askStore } from './store.js'

/** Takes the right to run an event, or says who has it; undefined where the store could not be asked. */
export async function claim(
  core: Core,
  item: IdentifiedEvent,
  key: string,
  nonce: string,
  run: Run,
): Promise<ClaimResult | undefined> {
  if (run.storeDown) return undefined
  const { store, leaseMs, retentionMs, storeTimeoutMs, rerun } = core.settings
  if (store === undefined) return undefined
  const ask = (again: boolean) =>
    askStore(() => store.claim(key, { nonce, leaseMs, retentionMs, tag: item.tag, rerun: again }), storeTimeoutMs, true)
  try {
    const asked = ask(rerun)
    const result = asked instanceof Promise ? await asked : asked
    const finished = result.status === 'done' || result.status === 'dead'
    return finished && (await wasForgotten(core, item, result)) ? await ask(true) : result
  } catch (error) {
    run.storeDown = true
    storeFailed(core, error as WebhookError, item.event) // askStore rejects with nothing else
    return undefined
  }
}
