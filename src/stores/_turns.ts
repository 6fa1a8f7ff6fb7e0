/** Turns at something that only one at a time may have, in the order of arrival: no lock, no polling. */
export interface Turns {
  /** True: it is the caller's turn, to be ended by `pass()`. False: aborted, out of patience, or too many wait already. */
  take(signal: AbortSignal, patienceMs: number): Promise<boolean>
  /** Ends the turn; the next one begins in a task of its own. */
  pass(): void
  /** Waits so long, or until a turn has ended: the next one begins a little later. */
  pause(ms: number): Promise<void>
  /** Whoever waits leaves. */
  clear(): void
}

/** Each holds a request and its body, and at a few ms a turn the last one's sender has given up. */
const MAX_WAITING = 1000
const MAX_TIMER_MS = 2 ** 31 - 1

export function createTurns(): Turns {
  /** In the order of arrival. */
  const waiting = new Set<(mine: boolean) => void>()
  const pausing = new Set<() => void>()
  let taken = false
  const next = (): void => {
    const [first] = waiting
    if (first === undefined) taken = false
    else first(true)
  }
  return {
    async take(signal, patienceMs) {
      if (!taken) {
        taken = true
        return true
      }
      if (signal.aborted || waiting.size >= MAX_WAITING) return false
      return new Promise((resolve) => {
        const settle = (mine: boolean): void => {
          waiting.delete(settle)
          clearTimeout(timer)
          signal.removeEventListener('abort', leave)
          resolve(mine)
        }
        const leave = (): void => settle(false)
        const timer = setTimeout(leave, Math.min(patienceMs, MAX_TIMER_MS))
        signal.addEventListener('abort', leave)
        waiting.add(settle)
      })
    },
    pass() {
      for (const end of pausing) end()
      // In between comes what is short: who paused, and what the turn that ended has left to be written.
      if (waiting.size > 0) setImmediate(next)
      else taken = false
    },
    pause: (ms) =>
      new Promise((resolve) => {
        const end = (): void => {
          pausing.delete(end)
          clearTimeout(timer)
          resolve()
        }
        const timer = setTimeout(end, ms)
        pausing.add(end)
      }),
    clear() {
      for (const settle of waiting) settle(false)
    },
  }
}
