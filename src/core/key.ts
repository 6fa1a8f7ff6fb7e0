import { digest } from '../lib/crypto.js'

/** i: the event's id, d: the digest of the signed input, u: the user's key function, f: the mark of a forgotten event. */
export type KeyMode = 'i' | 'd' | 'u' | 'f'

/** The name of a record. Frozen for ever: another result would make every finished event run again. */
export function recordKey(provider: string, endpoint: string, tenant: string, mode: KeyMode, id: string): string {
  const parts = [provider, endpoint, tenant, mode, id]
  return `hp1:${digest('sha256', [parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')]).toString('base64url')}`
}
