import { errorOf, isWebhookError, type WebhookError } from '../errors.js'
import type { ClaimResult, Store } from '../types.js'

export type Transact<Client> = NonNullable<Store<Client>['transaction']>
export type TransactionResult<T> =
  | { readonly status: 'ran'; readonly value: T }
  | Exclude<ClaimResult, { readonly status: 'won' }>

/** What `work` comes to, unless the signal aborts or the connection is lost first; `work` is then left to itself. */
export async function unlessAborted<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
  lost?: Promise<unknown>,
): Promise<T> {
  let abort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    abort = () =>
      reject(isWebhookError(signal.reason) ? signal.reason : errorOf('ERR_HANDLER_TIMEOUT', { cause: signal.reason }))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort)
  })
  try {
    const ends = lost === undefined ? aborted : Promise.race([aborted, lost.then(() => aborted)])
    return await Promise.race([ends, signal.aborted ? aborted : work()])
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort)
  }
}

/** The handlers succeeded, and the database did not keep their work: for the sender that is a failed handler. */
export function notCommitted(detail: string, cause?: unknown): WebhookError {
  return errorOf('ERR_HANDLER_FAILED', { message: `the event's transaction was not committed: ${detail}`, cause })
}

export const ENDED_BY_HANDLER =
  'a handler ended it (COMMIT or ROLLBACK), so what it wrote may stand without the event being done'
