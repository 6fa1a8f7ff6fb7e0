/** A clock that stands still until it is told to move: `createReceiver(provider, { clock })`. */
export interface FakeClock {
  /** ms since the epoch. */
  (): number
  /** Moves on, or back where `ms` is negative. */
  advance(ms: number): void
}

/** Makes a clock for tests. `start`: ms since the epoch. @default now */
export function fakeClock(start: number = Date.now()): FakeClock {
  let now = start
  const advance = (ms: number): void => {
    now += ms
  }
  return Object.assign(() => now, { advance })
}
