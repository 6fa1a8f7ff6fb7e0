import type { ErrorCode } from '../errors.js'
import type { Incoming, SecretLookup, SecretLookupResult, Secrets } from '../types.js'
import type { Key, Keys } from './keys.js'

/** Asks a `secret` function, at most `secretTimeoutMs`. What it gets wrong is a 503: never a key made of nothing. */
export async function lookUp<K>(
  find: SecretLookup,
  incoming: Incoming,
  make: (secrets: Secrets) => readonly Key<K>[],
): Promise<Keys<K> | ErrorCode> {
  const found = await inTime(find, incoming)
  if (found === FAILED) return 'ERR_SECRET_LOOKUP'
  const { tenant, secret } = isTenant(found) ? found : { tenant: undefined, secret: found }
  if (secret === null || (Array.isArray(secret) && secret.length === 0)) return 'ERR_TENANT_UNKNOWN'
  if (tenant !== undefined && (typeof tenant !== 'string' || tenant === '')) return 'ERR_SECRET_INVALID'
  const keys = usable(secret, make)
  if (keys.length === 0) return 'ERR_SECRET_INVALID'
  return { list: keys.filter(({ notAfter }) => incoming.now <= notAfter), tenant, perTenant: true }
}

function usable<K>(secret: Secrets, make: (secrets: Secrets) => readonly Key<K>[]): readonly Key<K>[] {
  try {
    return make(secret)
  } catch {
    return []
  }
}

function isTenant(found: SecretLookupResult): found is { readonly tenant: string; readonly secret: Secrets | null } {
  return typeof found === 'object' && found !== null && 'tenant' in found
}

const FAILED = Symbol('failed')

async function inTime(find: SecretLookup, incoming: Incoming): Promise<SecretLookupResult | typeof FAILED> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<typeof FAILED>((resolve) => {
    timer = setTimeout(() => resolve(FAILED), incoming.secretTimeoutMs)
  })
  try {
    return await Promise.race([find(incoming.unverified), late])
  } catch {
    return FAILED
  } finally {
    clearTimeout(timer)
  }
}
