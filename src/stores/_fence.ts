/** Read once, and not at each claim: the getter costs as much as the clock. */
export const ORIGIN = performance.timeOrigin

/**
 * The fence of a first claim: microseconds since the epoch, by a clock that never steps back, so that it rises even after its record was
 * forgotten. From there each store raises it by itself.
 */
export function microseconds(): number {
  return Math.floor(1000 * (ORIGIN + performance.now()))
}
