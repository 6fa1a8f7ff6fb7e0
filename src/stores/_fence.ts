/**
 * ms since the epoch when the process started, and steady from there. Nothing of it is kept: a test that has replaced the timers has
 * replaced both parts, and the first use loads the clock, which an import does not.
 */
export function steadyMs(): number {
  return performance.timeOrigin + performance.now()
}

/**
 * The fence of a first claim: microseconds since the epoch, by a clock that never steps back, so that it rises even after its record was
 * forgotten. From there each store raises it by itself.
 */
export function microseconds(): number {
  return Math.floor(1000 * steadyMs())
}
