import { errorOf, isWebhookError, StoreError, type WebhookError } from '../errors.js'
import { isThenable } from '../lib/thenable.js'
import type { MaybePromise } from '../types.js'

/**
 * Asks the store within `timeoutMs`: once more after a connection error, in what is left of the time; safe because every verb is
 * idempotent for a repeated nonce. Rejects with StoreError.
 */
export function askStore<T>(ask: () => MaybePromise<T>, timeoutMs: number): MaybePromise<T> {
  try {
    const answer = ask()
    if (!isThenable(answer)) return answer
    const until = performance.now() + timeoutMs
    return inTime(answer, timeoutMs).catch((error: unknown) => {
      const left = until - performance.now()
      if (left <= 0 || !isConnectionError(error)) throw toStoreError(error)
      return inTime(Promise.resolve().then(ask), left).catch((again: unknown) => {
        throw toStoreError(again)
      })
    })
  } catch (error) {
    return Promise.reject(toStoreError(error))
  }
}

function inTime<T>(answer: PromiseLike<T>, timeoutMs: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new StoreError('ERR_STORE_TIMEOUT')), timeoutMs)
    answer.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}

function isConnectionError(error: unknown): boolean {
  return !isWebhookError(error) || error.code === 'ERR_STORE_UNAVAILABLE'
}

function toStoreError(error: unknown): WebhookError {
  return isWebhookError(error) ? error : errorOf('ERR_STORE_UNAVAILABLE', { cause: error })
}
