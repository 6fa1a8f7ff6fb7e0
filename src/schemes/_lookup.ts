import type { ErrorCode } from '../errors.js'
import type { Incoming, SecretLookup, SecretLookupResult, Secrets } from '../types.js'

interface Found {
  readonly tenant: string | undefined
  readonly secret: Secrets
}

/** What a `secret` function knows of a request; the code of the refusal where it knows nothing, fails or is late. */
export async function findSecret(find: SecretLookup, incoming: Incoming): Promise<Found | ErrorCode> {
  const found = await inTime(find, incoming)
  if (found === LATE) return 'ERR_SECRET_LOOKUP'
  const { tenant, secret } = isTenant(found) ? found : { tenant: undefined, secret: found }
  if (secret === undefined) return 'ERR_SECRET_INVALID'
  if (secret === null || (Array.isArray(secret) && secret.length === 0)) return 'ERR_TENANT_UNKNOWN'
  return { tenant, secret }
}

function isTenant(found: SecretLookupResult): found is { readonly tenant: string; readonly secret: Secrets | null } {
  return typeof found === 'object' && found !== null && 'tenant' in found
}

const LATE = Symbol('late')

async function inTime(find: SecretLookup, incoming: Incoming): Promise<SecretLookupResult | typeof LATE> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), incoming.secretTimeoutMs)
  })
  try {
    return await Promise.race([find(incoming.unverified), late])
  } catch {
    return LATE
  } finally {
    clearTimeout(timer)
  }
}
