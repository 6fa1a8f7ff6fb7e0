import { digest } from '../lib/crypto.js'

/** A short hash by which a key is known without being shown. Frozen: it is part of idempotency keys. */
export function fingerprintOf(key: Uint8Array | string): string {
  return digest('sha256', ['hookproof fingerprint', key]).toString('hex').slice(0, 16)
}
