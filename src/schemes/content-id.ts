import { RequestError } from '../errors.js'
import { digest } from '../lib/crypto.js'

/**
 * An id for an event that has none: the hash of all that tells it from others. Take in every field in which two honest events can differ,
 * and none that changes from one attempt to the next. Throws RequestError ERR_BODY_INVALID for what is nested deeper than the call stack.
 */
export function contentId(...parts: readonly unknown[]): string {
  return digest('sha256', [textOf(parts)]).toString('hex')
}

function textOf(parts: readonly unknown[]): string {
  try {
    return JSON.stringify(parts)
  } catch (cause) {
    throw new RequestError('ERR_BODY_INVALID', { detail: 'nested too deep', cause })
  }
}
