import { StoreError } from '../errors.js'

/** How long a lease-mode verb may take where the caller set no limit of its own: below the receiver's second. */
const TIMEOUT_MS = 900
/** Schema work may take longer than a claim. */
export const ADMINISTRATION_MS = 60_000

/** When a verb has to have answered: the caller's signal, or the store's own limit where there is none. */
export interface Deadline {
  readonly over: boolean
  /** Rejects with ERR_STORE_TIMEOUT as soon as time is up; what `work` then still resolves to goes to `late`. */
  race<T>(work: Promise<T>, late?: (value: T) => void): Promise<T>
  /** To be called in the end, or a timer stays behind. */
  clear(): void
}

/** Costs no timer until somebody waits. A class, because an object with a getter and five closures costs four times as much a claim. */
class TimeLimit implements Deadline {
  readonly #signal: AbortSignal | undefined
  readonly #until: number
  readonly #waiting = new Set<() => void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #ended = false

  constructor(signal: AbortSignal | undefined, ms: number) {
    this.#signal = signal
    this.#until = signal === undefined ? performance.now() + ms : Number.POSITIVE_INFINITY
  }

  get over(): boolean {
    return this.#ended || this.#signal?.aborted === true || performance.now() >= this.#until
  }

  race<T>(work: Promise<T>, late?: (value: T) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.delete(giveUp)
        reject(new StoreError('ERR_STORE_TIMEOUT'))
        if (late !== undefined) work.then(late, () => undefined)
      }
      work.then(
        (value) => {
          if (this.#waiting.delete(giveUp)) resolve(value)
        },
        (error: unknown) => {
          if (this.#waiting.delete(giveUp)) reject(error)
        },
      )
      this.#waiting.add(giveUp)
      if (this.over) giveUp()
      else this.#start()
    })
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#end)
  }

  #start(): void {
    if (this.#signal !== undefined) this.#signal.addEventListener('abort', this.#end)
    else this.#timer ??= setTimeout(this.#end, Math.max(0, this.#until - performance.now()))
  }

  readonly #end = (): void => {
    // A timer may be early by the clock.
    this.#ended = true
    for (const giveUp of this.#waiting) giveUp()
  }
}

/** With a signal the caller decides, who may allow more than the default. */
export function createDeadline(signal: AbortSignal | undefined, ms: number = TIMEOUT_MS): Deadline {
  return new TimeLimit(signal, ms)
}

/** Over as soon as every one of them is. */
export function untilAll(deadlines: readonly Deadline[]): Deadline {
  const running = (): Deadline | undefined => deadlines.find(({ over }) => !over)
  return {
    get over() {
      return running() === undefined
    },
    async race(work, late) {
      for (let next = running(); next !== undefined; next = running()) {
        try {
          return await next.race(work)
        } catch (error) {
          if (!next.over) throw error
        }
      }
      work.then(late, () => undefined)
      throw new StoreError('ERR_STORE_TIMEOUT')
    },
    clear() {
      // Each belongs to its own verb.
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
