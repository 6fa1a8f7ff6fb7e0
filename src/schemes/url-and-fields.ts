import { RequestError } from '../errors.js'
import { equalText } from '../lib/bytes.js'
import { digest } from '../lib/crypto.js'
import { type FormFields, parseFormText } from '../lib/form.js'
import type { BodyFormat, Incoming, PublicUrl } from '../types.js'
import { toFields } from './formats.js'
import { computed, type Part, type PartToken, publicUrlOf } from './parts.js'
import { urlSpellings } from './url-spellings.js'

export type { FormFields } from '../lib/form.js'

/** The URL and, sorted by name, the names and decoded values of a form, all run together. */
export interface UrlAndFieldsOptions {
  readonly publicUrl: PublicUrl
  /** The sender adds to the query, and may have signed other spellings of the URL. @default false */
  readonly lenientUrl?: boolean | undefined
  /** Query parameter that holds the SHA-256 of a body that is no form, in hex; the URL alone is signed then. */
  readonly bodyHash?: string | undefined
}

/** The signed input, and the format that hands on nothing but what it holds. */
export interface UrlAndFields {
  readonly signed: readonly Part[]
  readonly body: BodyFormat
}

/** Throws ConfigError ERR_OPTION_INVALID for a publicUrl that cannot work. */
export function urlAndFields({ publicUrl, lenientUrl = false, bodyHash }: UrlAndFieldsOptions): UrlAndFields {
  const url = publicUrlOf(publicUrl, lenientUrl ? { query: 'request' } : {})
  const hashOf = (incoming: Incoming): string | undefined =>
    bodyHash === undefined ? undefined : queryOf(url(incoming)).find(([name]) => name === bodyHash)?.[1]
  const spellings = remembered(urlSpellings)
  const urlPart = computed('url', ({ incoming }) => (lenientUrl ? spellings(url(incoming)) : url(incoming)))
  return {
    signed: [urlPart, fieldsPart(hashOf)],
    body: {
      name: 'signed fields',
      decode(body, incoming): unknown {
        if (hashOf(incoming) !== undefined) return body.length === 0 ? undefined : incoming.json()
        return toFields(body.length === 0 ? queryOf(url(incoming)) : incoming.form())
      },
    },
  }
}

/** Keeps the last result: an endpoint's URL is mostly the same. */
function remembered<T>(make: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly result: T } | undefined
  return (text) => {
    if (last?.text !== text) last = { text, result: make(text) }
    return last.result
  }
}

function fieldsPart(hashOf: (incoming: Incoming) => string | undefined): PartToken {
  return {
    part: 'form fields',
    missing: 'ERR_SIGNATURE_MISMATCH',
    read({ incoming }): string | undefined {
      const hash = hashOf(incoming)
      if (hash === undefined) return sortedFields(incoming.form())
      return equalText(digest('sha256', [incoming.body]).toString('hex'), hash) ? '' : undefined
    },
  }
}

/** Each name with its values, both sorted by code unit; a value that comes twice counts once. */
export function sortedFields(fields: FormFields): string {
  const sorted = [...fields].sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
  let text = ''
  for (const [index, [name, value]] of sorted.entries()) {
    const before = sorted[index - 1]
    if (before === undefined || before[0] !== name || before[1] !== value) text += name + value
  }
  return text
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function queryOf(url: string): FormFields {
  const at = url.indexOf('?')
  const fields = at < 0 ? [] : parseFormText(url.slice(at + 1))
  if (fields === undefined) throw new RequestError('ERR_URL_INVALID', { detail: 'broken escapes in the query' })
  return fields
}
