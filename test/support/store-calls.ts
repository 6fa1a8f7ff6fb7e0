import type { ClaimOptions, FinishOptions } from '../../src/types.js'

const HOUR = 3_600_000

export function claim(nonce: string, over: Partial<ClaimOptions> = {}): ClaimOptions {
  return { nonce, leaseMs: HOUR, retentionMs: HOUR, tag: 'tag', ...over }
}

export function done(nonce: string, over: Partial<FinishOptions> = {}): FinishOptions {
  return { nonce, to: 'done', progress: '', retentionMs: HOUR, ...over }
}

/** k0, k1, k2 … */
export function keys(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `k${index}`)
}

/** How often each word stands there. */
export function tally(words: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const word of words) found[word] = (found[word] ?? 0) + 1
  return found
}
