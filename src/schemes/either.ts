import { RequestError } from '../errors.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import type { Coverage, Incoming, MaybePromise, Scheme, Verdict } from '../types.js'

/** Alternatives, the preferred one first. */
export interface EitherOptions {
  readonly schemes: readonly Scheme[]
  /** Refuse requests that carry headers of more than one alternative. @default false: the first one present decides alone */
  readonly exclusive?: boolean | undefined
}

/**
 * The first alternative whose leading header is there decides; a weaker one is never a fallback for a stronger one that failed.
 * An alternative without headers (a token in the query) comes last. Throws ConfigError ERR_OPTION_INVALID or ERR_OPTION_UNKNOWN.
 */
export function either(options: EitherOptions): Scheme {
  checkOptions(options, ['schemes', 'exclusive'], 'either')
  const { schemes, exclusive = false } = options
  const first = Array.isArray(schemes) ? schemes[0] : undefined
  if (first === undefined) throw invalidOption('either', 'schemes', 'a list of at least one scheme')
  if (schemes.length === 1) return first
  const leading = schemes.map(({ requires }) => requires[0]?.anyOf ?? [])
  if (leading.slice(0, -1).some((names) => names.length === 0)) {
    throw invalidOption('either', 'schemes', 'such that only the last one does without a header')
  }
  const needsNone = leading.at(-1)?.length === 0
  return {
    kind: schemes.map(({ kind }) => kind).join(' or '),
    coverage: weakest(schemes),
    timestamped: schemes.some(({ timestamped }) => timestamped),
    requires: needsNone ? [] : [{ anyOf: leading.flat(), code: first.requires[0]?.code ?? 'ERR_SIGNATURE_MISSING' }],
    warnings: schemes
      .flatMap(({ warnings }) => warnings ?? [])
      .filter(({ code }, index, all) => all.findIndex((one) => one.code === code) === index),
    recipe: schemes.find(({ recipe }) => recipe !== undefined)?.recipe,
    verify(incoming): MaybePromise<Verdict> {
      const at = leading.findIndex((names) => names.length === 0 || hasAny(names, incoming))
      const chosen = schemes[at]
      if (chosen === undefined) return 'ERR_SIGNATURE_MISSING'
      if (exclusive && schemes.some((scheme) => scheme !== chosen && isPresent(scheme, incoming))) {
        throw new RequestError('ERR_HEADER_INVALID', { detail: 'headers of two alternatives in one request' })
      }
      const lacking = chosen.requires.find(({ anyOf }) => !hasAny(anyOf, incoming))
      return lacking === undefined ? chosen.verify(incoming) : lacking.code
    },
  }
}

function isPresent({ requires }: Scheme, incoming: Incoming): boolean {
  return requires.some(({ anyOf }) => hasAny(anyOf, incoming))
}

function hasAny(names: readonly string[], incoming: Incoming): boolean {
  return names.some((name) => incoming.header(name) !== undefined)
}

const STRENGTH: readonly unknown[] = ['none', 'token', 'fields', 'full']

/** What holds whichever alternative a request uses. */
function weakest(schemes: readonly Scheme[]): Coverage {
  const rank = ({ coverage }: Scheme): number => STRENGTH.indexOf(typeof coverage === 'string' ? coverage : 'fields')
  return schemes.reduce((a, b) => (rank(b) < rank(a) ? b : a)).coverage
}
