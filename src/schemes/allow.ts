import { checkOptions, invalidOption } from '../lib/options.js'
import type { Incoming, Scheme } from '../types.js'

/** Which senders, topics or accounts may deliver: many vendors sign for all of their customers alike. */
export interface AllowOptions {
  readonly scheme: Scheme
  /** One name, or a list of at least one. */
  readonly allow: string | readonly string[]
  /** The name that a request gives. */
  readonly of: (incoming: Incoming) => unknown
  /** What every allowed name must look like. */
  readonly form?: RegExp | undefined
  /** The form in which two spellings of a name are equal. @default as it is */
  readonly as?: ((name: string) => string) | undefined
}

/**
 * Refuses all but the allowed names before the signature is looked at: nothing is fetched for a stranger. Throws ConfigError ERR_OPTION_INVALID
 * for an empty list.
 */
export function allow(options: AllowOptions): Scheme {
  checkOptions(options, ['scheme', 'allow', 'of', 'form', 'as'], 'allow')
  const { scheme, of, as = (name) => name } = options
  const list = allowList(options.allow)
  const odd = list.find((name) => options.form?.test(name) === false)
  if (odd !== undefined)
    throw invalidOption('the provider', 'allow', `a list of names like the vendor's; ${JSON.stringify(odd)} is none`)
  const names = new Set(list.map(as))
  return {
    ...scheme,
    verify(incoming) {
      const name = of(incoming)
      return typeof name === 'string' && names.has(as(name)) ? scheme.verify(incoming) : 'ERR_SENDER_NOT_ALLOWED'
    },
  }
}

/** The option as a list. Throws ConfigError ERR_OPTION_INVALID. */
export function allowList(allow: string | readonly string[]): readonly string[] {
  const list: readonly unknown[] = typeof allow === 'string' ? [allow] : Array.isArray(allow) ? allow : []
  if (list.length > 0 && list.every((one) => typeof one === 'string' && one.trim() !== '')) return list as string[] // all are
  throw invalidOption('the provider', 'allow', 'a name, or a list of at least one')
}
