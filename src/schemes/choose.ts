import type { ErrorCode } from '../errors.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import type { Incoming, MaybePromise, RequiredHeaders, Scheme, Verdict } from '../types.js'

/** Schemes of which a request names one. */
export interface ChooseOptions {
  /** The name, as the request tells it: it may pick among these schemes and bring in no other. */
  readonly by: (incoming: Incoming) => unknown
  readonly schemes: Readonly<Record<string, Scheme>>
  /** The refusal where there is no scheme of that name. @default 'ERR_SIGNATURE_MALFORMED' */
  readonly otherwise?: ErrorCode | undefined
  /** Headers without which no scheme can hold. @default those of the scheme, where there is only one */
  readonly requires?: readonly RequiredHeaders[] | undefined
}

/** The scheme that the request names decides alone. Throws ConfigError ERR_OPTION_INVALID without schemes. */
export function choose(options: ChooseOptions): Scheme {
  checkOptions(options, ['by', 'schemes', 'otherwise', 'requires'], 'choose')
  const { by, otherwise = 'ERR_SIGNATURE_MALFORMED' } = options
  const schemes = new Map(Object.entries(options.schemes))
  const [first] = schemes.values()
  if (first === undefined) throw invalidOption('choose', 'schemes', 'an object with at least one scheme')
  const all = [...schemes.values()]
  return {
    kind: [...new Set(all.map(({ kind }) => kind))].join(' or '),
    coverage: first.coverage,
    timestamped: all.some(({ timestamped }) => timestamped),
    requires: options.requires ?? (all.length === 1 ? first.requires : []),
    warnings: all.flatMap(({ warnings }) => warnings ?? []),
    verify(incoming): MaybePromise<Verdict> {
      const name = by(incoming)
      return (typeof name === 'string' ? schemes.get(name)?.verify(incoming) : undefined) ?? otherwise
    },
  }
}
