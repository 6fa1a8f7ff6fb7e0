import type { ErrorCode } from '../errors.js'

/** Unix seconds or milliseconds in digits, or RFC 3339 text. */
export type TimeUnit = 's' | 'ms' | 'iso'

const FORMS: Readonly<Record<TimeUnit, RegExp>> = {
  s: /^\d{1,11}$/,
  ms: /^\d{1,14}$/,
  iso: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/,
}

/** ms since the epoch, or undefined where the text is not exactly of that form: no sign, fraction or trailing text. */
export function parseTime(text: string, unit: TimeUnit): number | undefined {
  if (!FORMS[unit].test(text)) return undefined
  if (unit === 's') return Number(text) * 1000
  if (unit === 'ms') return Number(text)
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

/** Why a signed time is refused, or undefined. Both bounds are inclusive. */
export function staleness(time: number, now: number, toleranceMs: number): ErrorCode | undefined {
  if (now - time > toleranceMs) return 'ERR_TIMESTAMP_STALE'
  if (time - now > toleranceMs) return 'ERR_TIMESTAMP_FUTURE'
  return undefined
}
