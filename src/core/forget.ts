import { randomId } from '../lib/crypto.js'
import type { ClaimResult } from '../types.js'
import type { Core } from './core.js'
import type { IdentifiedEvent } from './identify.js'
import { recordKey } from './key.js'
import { askStore } from './store.js'

/**
 * Makes a finished event claimable. A guarded event's record is named by a digest that nobody knows from the id, so a mark is left
 * under the id; the next delivery under that id consumes it. Rejects with StoreError.
 */
export async function forget(core: Core, id: string, tenant: string): Promise<boolean> {
  const { store, storeTimeoutMs, endpoint } = core.settings
  const reset = store?.reset?.bind(store)
  if (store === undefined || reset === undefined) return false
  const { keyId, facts, unique } = core.provider
  const known = await askStore(() => reset(recordKey(keyId, endpoint, tenant, 'i', id)), storeTimeoutMs)
  if (known || facts.idSigned || (unique === undefined && core.settings.replayGuard !== true)) return known
  return leaveMark(core, recordKey(keyId, endpoint, tenant, 'f', id))
}

async function leaveMark({ settings }: Core, key: string): Promise<boolean> {
  const { store, storeTimeoutMs, leaseMs, retentionMs } = settings
  if (store === undefined) return false
  const nonce = randomId()
  await askStore(() => store.claim(key, { nonce, leaseMs, retentionMs, tag: '' }), storeTimeoutMs)
  const written = await askStore(
    () => store.finish(key, { nonce, to: 'done', progress: '', retentionMs }),
    storeTimeoutMs,
  )
  return written !== 'lost'
}

/** Whether the operator asked for this finished event to run again; consumes the mark. Asked only for guarded events under their first id. */
export async function wasForgotten(
  { settings, provider }: Core,
  item: IdentifiedEvent,
  result: ClaimResult,
): Promise<boolean> {
  const reset = settings.store?.reset
  if (!item.guarded || reset === undefined || result.tag !== item.tag) return false
  const key = recordKey(provider.keyId, settings.endpoint, item.tenant, 'f', item.event.id)
  return askStore(() => reset.call(settings.store, key), settings.storeTimeoutMs)
}
