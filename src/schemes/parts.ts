import type { ErrorCode } from '../errors.js'
import { onlyField } from '../lib/form.js'
import { invalidOption } from '../lib/options.js'
import type { Incoming, PublicUrl } from '../types.js'
import { headerName } from './_signature.js'

/** What a token of a signed-input template sees. */
export interface PartContext {
  readonly incoming: Incoming
  /** The timestamp's text, verbatim. */
  readonly timestamp: string | undefined
}

/** A piece of the signed input: literal text, or a token. */
export type Part = string | PartToken
export interface PartToken {
  /** Its name, for the coverage of a scheme that does not sign the whole body. */
  readonly part: string
  /** The header that it reads: required before the body is read. */
  readonly header?: string | undefined
  /** The refusal where `read` finds nothing. @default 'ERR_HEADER_INVALID' */
  readonly missing?: ErrorCode | undefined
  /** Undefined: the request lacks it, or it has not the documented form. A list: its spellings, of which the sender signed one. */
  read(context: PartContext): Uint8Array | string | readonly string[] | undefined
}

/** The raw body. */
export const body: PartToken = { part: 'body', read: ({ incoming }) => incoming.body }
/** The timestamp's text, verbatim, wherever the scheme takes it from. */
export const timestamp: PartToken = {
  part: 'timestamp',
  missing: 'ERR_TIMESTAMP_MISSING',
  read: (context) => context.timestamp,
}
/** The method as received. */
export const method: PartToken = { part: 'method', read: ({ incoming }) => incoming.method }

/**
 * A header's value, verbatim; an empty one is refused. `without`: text that it may not hold, where it would blur the border to the
 * next part. Throws ConfigError ERR_OPTION_INVALID for a name that is not in lower case.
 */
export function header(name: string, options: { readonly without?: string | undefined } = {}): PartToken {
  const { without } = options
  return {
    part: `header ${name}`,
    header: headerName(name, 'header'),
    read({ incoming }): string | undefined {
      const value = incoming.header(name)
      return value === undefined || value === '' || (without !== undefined && value.includes(without))
        ? undefined
        : value
    },
  }
}

/** A form field's value, decoded once. */
export function field(name: string): PartToken {
  return {
    part: `field ${name}`,
    missing: 'ERR_BODY_INVALID',
    read: ({ incoming }) => onlyField(incoming.form(), name),
  }
}

/**
 * The public URL. `decode`: escapes (`%2F`) that the sender decodes first; a sender that signs the URL as it is passes too.
 * Throws ConfigError ERR_OPTION_INVALID unless it is absolute http(s) or a function.
 */
export function url(
  publicUrl: PublicUrl,
  options: { readonly decode?: readonly string[] | undefined } = {},
): PartToken {
  const resolve = publicUrlOf(publicUrl)
  const { decode } = options
  if (decode === undefined) return { part: 'url', read: ({ incoming }) => resolve(incoming) }
  const decoded = (text: string): string =>
    text.replace(/%[0-9a-f]{2}/gi, (code) => (decode.includes(code.toUpperCase()) ? decodeURIComponent(code) : code))
  return {
    part: 'url',
    read({ incoming }): readonly string[] {
      const text = resolve(incoming)
      return [...new Set([decoded(text), text])]
    },
  }
}

/** Anything else that is made from the request; `part` names it. */
export function computed(part: string, read: PartToken['read']): PartToken {
  return { part, read }
}

/**
 * Turns the option into a function. A full URL stands as it is; an origin (nothing after the host) gets the request's path and query.
 * `query: 'request'`: a full URL gets the request's query, where it has one, because the sender adds to it.
 */
export function publicUrlOf(
  publicUrl: PublicUrl,
  options: { readonly query?: 'request' | undefined } = {},
): (incoming: Incoming) => string {
  if (typeof publicUrl === 'function') return ({ unverified }) => publicUrl(unverified)
  if (typeof publicUrl !== 'string' || !/^https?:\/\/[^/?#\s]+[^#\s]*$/.test(publicUrl)) {
    throw invalidOption(
      'publicUrl',
      'the value',
      'an absolute URL (https://example.com/hooks), an origin, or a function',
    )
  }
  if (/^https?:\/\/[^/?]+$/.test(publicUrl)) return (incoming) => publicUrl + pathOf(incoming.url)
  if (options.query === undefined) return () => publicUrl
  const path = publicUrl.split('?')[0] ?? publicUrl
  return ({ url }) => (url.includes('?') ? path + url.slice(url.indexOf('?')) : publicUrl)
}

/** Path and query as received; the origin of an absolute target is dropped. */
export function pathOf(target: string): string {
  if (target.startsWith('/')) return target
  const rest = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  return rest.startsWith('/') ? rest : `/${rest}`
}
