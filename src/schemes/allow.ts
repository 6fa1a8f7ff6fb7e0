import { checkOptions, invalidOption } from '../lib/options.js'
import { isThenable } from '../lib/thenable.js'
import type { Incoming, MaybePromise, Scheme, Verdict } from '../types.js'

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
  /** Asks the scheme before the name is read, where that is the greater work. @default false */
  readonly schemeFirst?: boolean | undefined
}

/**
 * Refuses all but the allowed names, before the signature is looked at: nothing is fetched for a stranger. Throws ConfigError
 * ERR_OPTION_INVALID for an empty list.
 */
export function allow(options: AllowOptions): Scheme {
  checkOptions(options, ['scheme', 'allow', 'of', 'form', 'as', 'schemeFirst'], 'allow')
  const { scheme, of, as = (name) => name, schemeFirst = false } = options
  const list = allowList(options.allow)
  const odd = list.find((name) => options.form?.test(name) === false)
  if (odd !== undefined)
    throw invalidOption('the provider', 'allow', `a list of names like the vendor's; ${JSON.stringify(odd)} is none`)
  const names = new Set(list.map(as))
  const isAllowed = (incoming: Incoming): boolean => {
    const name = of(incoming)
    return typeof name === 'string' && names.has(as(name))
  }
  const judge = (verdict: Verdict, incoming: Incoming): Verdict =>
    typeof verdict === 'string' || isAllowed(incoming) ? verdict : 'ERR_SENDER_NOT_ALLOWED'
  return {
    ...scheme,
    verify(incoming): MaybePromise<Verdict> {
      if (!schemeFirst) return isAllowed(incoming) ? scheme.verify(incoming) : 'ERR_SENDER_NOT_ALLOWED'
      const verdict = scheme.verify(incoming)
      return isThenable(verdict) ? verdict.then((later) => judge(later, incoming)) : judge(verdict, incoming)
    },
  }
}

/** The option as a list. Throws ConfigError ERR_OPTION_INVALID. */
export function allowList(allow: string | readonly string[]): readonly string[] {
  const list: readonly unknown[] = typeof allow === 'string' ? [allow] : Array.isArray(allow) ? allow : []
  if (list.length > 0 && list.every((one) => typeof one === 'string' && one.trim() !== '')) return list as string[] // all are
  throw invalidOption('the provider', 'allow', 'a name, or a list of at least one')
}
