import { StoreError } from '../errors.js'
import { TIMEOUT_MS } from './_sql.js'

/** When a verb has to have answered: the caller's signal, or the store's own limit where there is none. */
export interface Deadline {
  readonly over: boolean
  /** Rejects with ERR_STORE_TIMEOUT as soon as time is up; what `work` then still resolves to goes to `late`. */
  race<T>(work: Promise<T>, late?: (value: T) => void): Promise<T>
  /** To be called in the end, or a timer stays behind. */
  clear(): void
}

export function createDeadline(signal: AbortSignal | undefined, ms: number = TIMEOUT_MS): Deadline {
  const waiting = new Set<() => void>()
  let over = signal?.aborted ?? false
  const end = (): void => {
    over = true
    for (const reject of waiting) reject()
  }
  // With a signal the caller decides, who may allow more than the default.
  const timer = signal === undefined ? setTimeout(end, ms) : undefined
  signal?.addEventListener('abort', end)
  return {
    get over() {
      return over
    },
    race<T>(work: Promise<T>, late?: (value: T) => void): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        const giveUp = (): void => {
          reject(new StoreError('ERR_STORE_TIMEOUT'))
          if (late !== undefined) work.then(late, () => undefined)
        }
        waiting.add(giveUp)
        const settled = (): boolean => waiting.delete(giveUp)
        work.then(resolve, reject).finally(settled)
        if (over) giveUp()
      })
    },
    clear() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
    },
  }
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
