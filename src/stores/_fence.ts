let origin: number | undefined

/** ms since the epoch when the process started, and steady from there. The first use loads the clock, so that an import does not. */
export function steadyMs(): number {
  // Kept, because the getter costs as much as the clock.
  origin ??= performance.timeOrigin
  return origin + performance.now()
}

/**
 * The fence of a first claim: microseconds since the epoch, by a clock that never steps back, so that it rises even after its record was
 * forgotten. From there each store raises it by itself.
 */
export function microseconds(): number {
  return Math.floor(1000 * steadyMs())
}
