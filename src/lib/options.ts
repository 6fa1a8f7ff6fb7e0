import { ConfigError } from '../errors.js'

/** Refuses unknown keys (with the nearest known one, else with all and the hint) and returns a frozen shallow copy without undefined values. */
export function checkOptions<T extends object>(
  options: T | undefined,
  known: readonly string[],
  where: string,
  hint = '',
): Readonly<Partial<T>> {
  const given: object = options ?? {}
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ConfigError('ERR_OPTION_INVALID', { detail: `${where} takes an object of options` })
  }
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    throw new ConfigError('ERR_OPTION_UNKNOWN', {
      detail: `${where} has no option ${JSON.stringify(name)}${near === undefined ? `; it takes ${known.join(', ')}${hint}` : `. Did you mean ${near}?`}`,
    })
  }
  const entries = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.freeze(Object.fromEntries(entries)) as Readonly<Partial<T>> // same keys, fewer undefined
}

/** Throws ConfigError ERR_OPTION_INVALID. */
export function invalidOption(where: string, name: string, needs: string): ConfigError {
  return new ConfigError('ERR_OPTION_INVALID', { detail: `${where}: ${name} must be ${needs}` })
}

/** A number within bounds, or the fallback where it is left out. Throws ConfigError ERR_OPTION_INVALID. */
export function numberOption(
  value: unknown,
  fallback: number,
  bounds: { readonly where: string; readonly name: string; readonly min: number; readonly max?: number | undefined },
): number {
  if (value === undefined) return fallback
  const max = bounds.max ?? Number.POSITIVE_INFINITY
  if (typeof value === 'number' && value >= bounds.min && value <= max) return value
  throw invalidOption(
    bounds.where,
    bounds.name,
    `a number from ${bounds.min}${Number.isFinite(max) ? ` to ${max}` : ' up'}`,
  )
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({ candidate, off: distance(name.toLowerCase(), candidate.toLowerCase()) }))
  ranked.sort((a, b) => a.off - b.off)
  const best = ranked[0]
  return best !== undefined && best.off <= Math.max(2, name.length / 3) ? best.candidate : undefined
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
