import type { RetryInfo } from '../types.js'

/** What stands at a path of a decoded payload: own properties only, undefined where the way ends. */
export function pick(value: unknown, ...path: readonly string[]): unknown {
  let found = value
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Record<string, unknown>)[name] // an object that has it
  }
  return found
}

/** The same where it is a text that is not empty. */
export function pickText(value: unknown, ...path: readonly string[]): string | undefined {
  const found = pick(value, ...path)
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** The same where it is a list; else an empty one. */
export function pickList(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = pick(value, ...path)
  return Array.isArray(found) ? found : []
}

/** A date as text in ms since the epoch; undefined where it is none. */
export function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? undefined : time
}

/** Which retry a count of attempts means; undefined for the first attempt, whose count is `first`. */
export function retryOf(count: unknown, first: 0 | 1, reason?: string): RetryInfo | undefined {
  const number = Number(count ?? Number.NaN) - first
  return Number.isSafeInteger(number) && number > 0 ? { number, reason } : undefined
}

/** Texts and numbers joined to one id; undefined where one of them is missing. */
export function joinId(...parts: readonly unknown[]): string | undefined {
  const fine = parts.every((part) => (typeof part === 'string' && part !== '') || Number.isSafeInteger(part))
  return fine ? parts.join(':') : undefined
}
