import { ConfigError } from './errors.js'
import { checkOptions } from './lib/options.js'
import type { Provider } from './types.js'

/** A provider as it is written down; `keyId` follows the id unless it was renamed. */
export type ProviderDefinition<Id extends string, Events extends object> = Omit<
  Provider<Id, Events>,
  'keyId' | '~events'
> & {
  readonly keyId?: string | undefined
}

/**
 * Checks and freezes a provider's description; your own is written exactly as ours are.
 * Throws ConfigError ERR_OPTION_INVALID for an id, facts or docs URL that cannot work.
 */
export function defineProvider<Id extends string, Events extends object = object>(
  definition: ProviderDefinition<Id, Events>,
): Provider<Id, Events> {
  const { id, facts, docs } = definition
  const fail = (detail: string): never => {
    throw new ConfigError('ERR_OPTION_INVALID', { detail: `provider ${JSON.stringify(id)}: ${detail}` })
  }
  if (typeof id !== 'string' || !/^[a-z][a-z0-9-]{0,63}$/.test(id)) fail('id must be kebab-case')
  if (!/^https?:\/\//.test(docs)) fail('docs must be a URL')
  if (typeof definition.scheme?.verify !== 'function') fail('scheme must come from hookproof/schemes/*')
  if (typeof definition.identify !== 'function') fail('identify must be a function')
  if (!(facts.retryHorizonSeconds >= 0)) fail('facts.retryHorizonSeconds must be a number of seconds')
  return Object.freeze({ ...definition, keyId: definition.keyId ?? id })
}

/**
 * A provider's options as they were given, where it has all of them: `where` is its function, `names` are all that the type of its options has.
 * Throws ConfigError ERR_OPTION_UNKNOWN for any other, ERR_OPTION_INVALID for what is no object.
 */
export function knownOptions<Options extends object, const Names extends readonly (keyof Options & string)[]>(
  where: string,
  options: Options,
  names: Names &
    ([keyof Options] extends [Names[number]] ? unknown : { readonly forgotten: Exclude<keyof Options, Names[number]> }),
): Options {
  // No provider works without any option: left out, they are as wrong as a list.
  checkOptions(options ?? [], names, where, "; the receiver's own options go to createReceiver")
  return options
}
