import { digest } from '../lib/crypto.js'

/**
 * An id for an event that has none: the hash of all that tells it from others. Take in every field in which two honest events can differ,
 * and none that changes from one attempt to the next.
 */
export function contentId(...parts: readonly unknown[]): string {
  return digest('sha256', [JSON.stringify(parts)]).toString('hex')
}
