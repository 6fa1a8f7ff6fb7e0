import { onlyField } from '../lib/form.js'
import { invalidOption } from '../lib/options.js'
import type { Incoming, PublicUrl } from '../types.js'

/** What a token of a signed-input template sees. */
export interface PartContext {
  readonly incoming: Incoming
  /** The timestamp's text, verbatim. */
  readonly timestamp: string | undefined
}

/** A piece of the signed input: literal text, or a token. */
export type Part = string | PartToken
export interface PartToken {
  readonly part: string
  /** Undefined: the request lacks it. */
  read(context: PartContext): Uint8Array | string | undefined
}

/** The raw body. */
export const body: PartToken = { part: 'body', read: ({ incoming }) => incoming.body }
/** The timestamp's text, verbatim, wherever the scheme takes it from. */
export const timestamp: PartToken = { part: 'timestamp', read: (context) => context.timestamp }
/** The method, in upper case as received. */
export const method: PartToken = { part: 'method', read: ({ incoming }) => incoming.method }

/** A header's value, verbatim. */
export function header(name: string): PartToken {
  return { part: `header ${name}`, read: ({ incoming }) => incoming.header(name) }
}

/** A form field's value, decoded once. */
export function field(name: string): PartToken {
  return { part: `field ${name}`, read: ({ incoming }) => onlyField(incoming.form(), name) }
}

/** The public URL. Throws ConfigError ERR_OPTION_INVALID unless it is absolute http(s) or a function. */
export function url(publicUrl: PublicUrl): PartToken {
  const resolve = publicUrlOf(publicUrl)
  return { part: 'url', read: ({ incoming }) => resolve(incoming) }
}

/** Anything else that is made from the request; `part` names it in messages. */
export function computed(part: string, read: PartToken['read']): PartToken {
  return { part, read }
}

/** Turns the option into a function. A full URL stands as it is; an origin gets the request's path and query. */
export function publicUrlOf(publicUrl: PublicUrl): (incoming: Incoming) => string {
  if (typeof publicUrl === 'function') return ({ unverified }) => publicUrl(unverified)
  if (typeof publicUrl !== 'string' || !/^https?:\/\/[^/?#]+/.test(publicUrl)) {
    throw invalidOption(
      'publicUrl',
      'the value',
      'an absolute URL (https://example.com/hooks), an origin, or a function',
    )
  }
  if (/^https?:\/\/[^/?#]+$/.test(publicUrl)) return ({ url }) => publicUrl + pathOf(url)
  return () => publicUrl
}

/** Path and query as received; the origin of an absolute target is dropped. */
export function pathOf(target: string): string {
  if (target.startsWith('/')) return target
  return target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '') || '/'
}
