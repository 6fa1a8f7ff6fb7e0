import type { ErrorCode } from '../errors.js'
import { parseTime, staleness, type TimeUnit } from '../lib/time.js'
import type { Incoming } from '../types.js'
import type { TimestampSource } from './_signature.js'

/** The signed time in ms, or why it is refused. */
export function freshTime(text: string, unit: TimeUnit, incoming: Incoming): number | ErrorCode {
  const time = parseTime(text, unit)
  if (time === undefined) return 'ERR_TIMESTAMP_INVALID'
  return staleness(time, incoming.now, incoming.toleranceMs) ?? time
}

/** The same for a time in the signed body; undefined where it is optional and left out. */
export function bodyTime(
  source: Extract<TimestampSource, { payload: unknown }>,
  incoming: Incoming,
): number | ErrorCode | undefined {
  const value = source.payload(incoming.json())
  if (value === undefined && source.optional === true) return undefined
  if (typeof value !== 'string' && typeof value !== 'number') return 'ERR_TIMESTAMP_MISSING'
  return freshTime(String(value), source.unit, incoming)
}
