import type { ClaimResult } from '../types.js'

/*
 * A record is one string, so that a first claim is a bare SET NX. Words with a space between, then texts as JSON:
 *   state    busy, free, done or dead
 *   nonce    of the owner, or of the one who settled it; percent-encoded
 *   fence    microseconds since the epoch at the claim, or the last fence + 1
 *   lease    in ms, counted from when the record was written; means nothing unless busy
 *   life     in ms: what PX was told then. PTTL is by so much smaller as that is ago, by the server's own clock; likewise
 *   attempt
 *   [tag, progress, result or null]
 * Texts that a later version adds at the end are kept.
 */

/** A record that a first claim writes, as the scripts do. */
export function firstRecord(nonce: string, fence: number, lease: string, life: string, texts: string): string {
  return `busy ${nonce} ${fence} ${lease} ${life} 1 ${texts}`
}

/** What a finished record says, and nothing where it is none: the script has the last word. */
export function finishedOf(record: unknown): ClaimResult | undefined {
  const found = /^(done|dead) \S* \d+ \d+ \d+ \d+ (\[.*\])$/s.exec(String(record))
  if (found === null) return undefined
  try {
    const [tag, , result] = JSON.parse(found[2] ?? '') as unknown[]
    if (typeof tag !== 'string' || (result !== null && typeof result !== 'string')) return undefined
    return { status: found[1] as 'done' | 'dead', tag, result: result ?? undefined } // by the pattern
  } catch {
    return undefined
  }
}

/** A nonce as a word of a record. */
export function wordOf(nonce: string): string {
  return /^[\w-]+$/.test(nonce) ? nonce : encodeURIComponent(nonce)
}

const NO_TAG = '["","",null]'

export function textsOf(tag: string): string {
  return tag === '' ? NO_TAG : JSON.stringify([tag, '', null])
}
