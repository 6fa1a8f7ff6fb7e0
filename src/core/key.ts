import { digestText } from '../lib/crypto.js'

/** i: the event's id, d: the digest of the signed input, u: the user's key function, f: the mark of a forgotten event. */
export type KeyMode = 'i' | 'd' | 'u' | 'f'

/** The name of a record. Frozen for ever: another result would make every finished event run again. */
export function recordKey(provider: string, endpoint: string, tenant: string, mode: KeyMode, id: string): string {
  const name = framed(provider) + framed(endpoint) + framed(tenant) + framed(mode) + framed(id)
  return `hp1:${digestText('sha256', name, 'base64url')}`
}

function framed(part: string): string {
  return `${Buffer.byteLength(part)}:${part}`
}
