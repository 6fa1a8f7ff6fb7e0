import { StoreError } from '../errors.js'
import type { ClaimResult } from '../types.js'

export function won(fence: number, tag: string): ClaimResult {
  return { status: 'won', fence, attempt: 1, progress: '', result: undefined, tag }
}

export function readClaim(reply: unknown, tag: string): ClaimResult {
  if (!Array.isArray(reply)) return won(countOf(reply), tag)
  const [status, ...rest] = reply as unknown[] // an array of whatever the client makes of texts and numbers
  switch (String(status)) {
    case 'busy':
      return { status: 'busy', retryAfterMs: countOf(rest[0]), tag: textOf(rest[1]) }
    case 'won': {
      const [fence, attempt, kept, progress, result] = rest
      return {
        status: 'won',
        fence: countOf(fence),
        attempt: countOf(attempt),
        progress: textOf(progress),
        result: optionalText(result),
        tag: textOf(kept),
      }
    }
    case 'done':
    case 'dead':
      return { status: String(status) as 'done' | 'dead', result: optionalText(rest[1]), tag: textOf(rest[0]) } // by the case
    default:
      throw unreadable()
  }
}

export function readFlag(reply: unknown): boolean {
  return countOf(reply) === 1
}

export function readFinish(reply: unknown): 'ok' | 'late' | 'lost' {
  const answer = String(reply)
  if (answer === 'ok' || answer === 'late' || answer === 'lost') return answer
  throw unreadable()
}

/** A number, whatever the client makes of it: a number, digits, or their bytes. */
export function countOf(reply: unknown): number {
  const count = reply === null || reply === '' ? Number.NaN : Number(reply)
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw unreadable()
}

export function textOf(reply: unknown): string {
  const text = String(reply)
  if (text.startsWith('=')) return text.slice(1)
  throw unreadable()
}

function optionalText(reply: unknown): string | undefined {
  return reply === null || reply === undefined ? undefined : textOf(reply)
}

export function unreadable(): StoreError {
  return new StoreError('ERR_STORE_CORRUPT', {
    detail: 'the client or the server answered something else than the script does',
  })
}
