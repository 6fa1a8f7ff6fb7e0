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

/** Costs no timer until somebody waits. With a signal the caller decides, who may allow more than the default. */
export function createDeadline(signal: AbortSignal | undefined, ms: number = TIMEOUT_MS): Deadline {
  const until = signal === undefined ? performance.now() + ms : Number.POSITIVE_INFINITY
  const waiting = new Set<() => void>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = (): void => {
    for (const giveUp of waiting) giveUp()
  }
  const start = (): void => {
    if (signal !== undefined) signal.addEventListener('abort', end)
    else timer ??= setTimeout(end, Math.max(0, until - performance.now()))
  }
  const isOver = (): boolean => signal?.aborted === true || performance.now() >= until
  return {
    get over() {
      return isOver()
    },
    race<T>(work: Promise<T>, late?: (value: T) => void): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        const giveUp = (): void => {
          waiting.delete(giveUp)
          reject(new StoreError('ERR_STORE_TIMEOUT'))
          if (late !== undefined) work.then(late, () => undefined)
        }
        work.then(
          (value) => {
            if (waiting.delete(giveUp)) resolve(value)
          },
          (error: unknown) => {
            if (waiting.delete(giveUp)) reject(error)
          },
        )
        waiting.add(giveUp)
        if (isOver()) giveUp()
        else start()
      })
    },
    clear() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
    },
  }
}

/** A deadline for one piece of work. */
export async function inTime<T>(
  signal: AbortSignal | undefined,
  work: (deadline: Deadline) => Promise<T>,
  ms: number = TIMEOUT_MS,
): Promise<T> {
  const deadline = createDeadline(signal, ms)
  try {
    return await work(deadline)
  } finally {
    deadline.clear()
  }
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
