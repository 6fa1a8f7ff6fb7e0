import { RequestError } from '../errors.js'
import { invalidOption } from '../lib/options.js'
import type { Incoming, MaybePromise, Scheme, Verdict } from '../types.js'

/** Alternatives, the preferred one first. */
export interface EitherOptions {
  readonly schemes: readonly Scheme[]
  /** Refuse requests that carry headers of more than one alternative. @default false: the first one present decides alone */
  readonly exclusive?: boolean | undefined
}

/**
 * The first alternative whose headers are there decides; a weaker one is never a fallback for a stronger one that failed.
 * Throws ConfigError ERR_OPTION_INVALID.
 */
export function either(options: EitherOptions): Scheme {
  const { schemes, exclusive = false } = options
  const first = schemes[0]
  if (first === undefined) throw invalidOption('either', 'schemes', 'a list of at least one scheme')
  if (schemes.length === 1) return first
  const leading = schemes.map((scheme) => scheme.requires[0]?.anyOf ?? [])
  return {
    kind: schemes.map(({ kind }) => kind).join(' or '),
    coverage: schemes.at(-1)?.coverage ?? 'none',
    timestamped: schemes.some(({ timestamped }) => timestamped),
    requires: leading.some((names) => names.length === 0)
      ? []
      : [{ anyOf: leading.flat(), code: first.requires[0]?.code ?? 'ERR_SIGNATURE_MISSING' }],
    warnings: schemes.flatMap(({ warnings }) => warnings ?? []),
    verify(incoming): MaybePromise<Verdict> {
      if (exclusive && schemes.filter((scheme) => anyHeader(scheme, incoming)).length > 1) {
        throw new RequestError('ERR_HEADER_INVALID', { detail: 'headers of two signature families in one request' })
      }
      const at = leading.findIndex(
        (names) => names.length === 0 || names.some((name) => incoming.header(name) !== undefined),
      )
      return schemes[at]?.verify(incoming) ?? 'ERR_SIGNATURE_MISSING'
    },
  }
}

function anyHeader(scheme: Scheme, incoming: Incoming): boolean {
  return scheme.requires.some(({ anyOf }) => anyOf.some((name) => incoming.header(name) !== undefined))
}
