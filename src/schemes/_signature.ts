import { ConfigError, type ErrorCode } from '../errors.js'
import { invalidOption } from '../lib/options.js'
import type { TimeUnit } from '../lib/time.js'
import type { Incoming } from '../types.js'

/** Where the signatures stand. At most one of `prefix`, `params` and `list`; with none of them the value is the signature. */
export interface SignatureSource {
  /** One header in lower case, or several of which each may hold signatures (numbered or rotating headers). */
  readonly header?: string | readonly string[] | undefined
  /** In place of a header: where else it stands, as in the body. Undefined: the request lacks it. */
  readonly read?: ((incoming: Incoming) => unknown) | undefined
  /** Fixed text before the value: `sha256=`. */
  readonly prefix?: string | undefined
  /** The prefix may be left out. @default false */
  readonly prefixOptional?: boolean | undefined
  /** `t=…,v1=…`: pairs; every pair of the given name is a signature, unknown ones are skipped. */
  readonly params?: { readonly separator: string; readonly signature: string } | undefined
  /** `v1=…,v2=…` or `v1,… v1a,…`: entries; those that begin with `prefix` are signatures, all others are skipped. */
  readonly list?: { readonly separator: string; readonly prefix: string } | undefined
}

/**
 * Where the signed timestamp stands: a header, a pair of `signature.params`, or the signed body (read after the signature held; where it
 * is `optional`, nobody but the signer can have left it out).
 */
export type TimestampSource =
  | { readonly header: string; readonly unit: TimeUnit }
  | { readonly param: string; readonly unit: TimeUnit }
  | { readonly payload: (payload: unknown) => unknown; readonly unit: TimeUnit; readonly optional?: boolean }

/** What a request offers as signatures, at least one, and its timestamp verbatim. */
export interface Found<S> {
  readonly signatures: readonly S[]
  readonly timestamp: string | undefined
}

export type SignatureReader<S> = (incoming: Incoming) => Found<S> | ErrorCode
/** A signature, or undefined where the text has not the exact form of one. */
export type SignatureParser<S> = (text: string) => S | undefined

/** Far above what any sender needs; one request must not buy thousands of comparisons. */
const MAX_HEADER_LENGTH = 4096
const MAX_CANDIDATES = 16

/** Resolves the two sources once. Throws ConfigError ERR_OPTION_INVALID. */
export function signatureReader<S>(
  source: SignatureSource,
  time: TimestampSource | undefined,
  parse: SignatureParser<S>,
): SignatureReader<S> {
  const names = namesOf(source)
  checkSource(source, time)
  const timeHeader = time !== undefined && 'header' in time ? time.header : undefined
  const timeParam = time !== undefined && 'param' in time ? time.param : undefined
  const [only] = names
  if (only !== undefined && names.length === 1 && source.params === undefined && source.list === undefined) {
    return singleReader(only, source, timeHeader, parse)
  }
  const add = adder(source, timeParam)
  return (incoming) => {
    const candidates: string[] = []
    let timestamp = timeHeader === undefined ? undefined : incoming.header(timeHeader)
    let seen = false
    const values = source.read === undefined ? names.map((name) => incoming.header(name)) : [source.read(incoming)]
    for (const value of values) {
      if (value === undefined) continue
      seen = true
      if (typeof value !== 'string' || value === '' || value.length > MAX_HEADER_LENGTH)
        return 'ERR_SIGNATURE_MALFORMED'
      const stamp = add(value, candidates)
      if (stamp === ODD || (stamp !== undefined && timestamp !== undefined)) return 'ERR_SIGNATURE_MALFORMED'
      timestamp ??= stamp
    }
    if (!seen) return 'ERR_SIGNATURE_MISSING'
    if (candidates.length === 0 || candidates.length > MAX_CANDIDATES) return 'ERR_SIGNATURE_MALFORMED'
    if ((timeHeader !== undefined || timeParam !== undefined) && !timestamp) return 'ERR_TIMESTAMP_MISSING'
    // A list may hold entries of a newer form beside the known one: those are skipped.
    const signatures = candidates.map(parse).filter((one) => one !== undefined)
    return signatures.length === 0 ? 'ERR_SIGNATURE_MALFORMED' : { signatures, timestamp }
  }
}

/** One header that is one signature, as most vendors send: no list is built to hold it. */
function singleReader<S>(
  name: string,
  source: SignatureSource,
  timeHeader: string | undefined,
  parse: SignatureParser<S>,
): SignatureReader<S> {
  const { prefix = '', prefixOptional = false } = source
  return (incoming) => {
    const value = incoming.header(name)
    if (value === undefined) return 'ERR_SIGNATURE_MISSING'
    const prefixed = value.startsWith(prefix)
    if (value === '' || value.length > MAX_HEADER_LENGTH || !(prefixed || prefixOptional))
      return 'ERR_SIGNATURE_MALFORMED'
    const timestamp = timeHeader === undefined ? undefined : incoming.header(timeHeader)
    if (timeHeader !== undefined && !timestamp) return 'ERR_TIMESTAMP_MISSING'
    const signature = parse(prefixed ? value.slice(prefix.length) : value)
    return signature === undefined ? 'ERR_SIGNATURE_MALFORMED' : { signatures: [signature], timestamp }
  }
}

export function namesOf({ header }: SignatureSource): readonly string[] {
  return typeof header === 'string' ? [header] : (header ?? [])
}

/** Throws ConfigError ERR_OPTION_INVALID. */
export function headerName(name: string, option: string): string {
  if (typeof name === 'string' && /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return name
  throw invalidOption('the scheme', option, 'a header name in lower case')
}

function checkSource(source: SignatureSource, time: TimestampSource | undefined): void {
  const names = namesOf(source)
  if ((names.length === 0) === (source.read === undefined)) {
    throw invalidOption('the scheme', 'signature.header', 'at least one header name')
  }
  for (const name of names) headerName(name, 'signature.header')
  if (time !== undefined && 'header' in time) headerName(time.header, 'timestamp.header')
  if ([source.prefix, source.params, source.list].filter((one) => one !== undefined).length > 1) {
    throw new ConfigError('ERR_OPTION_INVALID', { detail: 'signature takes one of prefix, params and list' })
  }
  if (source.prefixOptional === true && source.prefix === undefined) {
    throw new ConfigError('ERR_OPTION_INVALID', { detail: 'signature.prefixOptional needs signature.prefix' })
  }
  for (const one of [source.params, source.list]) {
    if (one?.separator === '') throw invalidOption('the scheme', 'separator', 'at least one character')
  }
  if (time !== undefined && 'param' in time && source.params === undefined) {
    throw new ConfigError('ERR_OPTION_INVALID', { detail: 'a timestamp param needs signature.params' })
  }
}

/** No sender writes it: a timestamp that comes twice (which one was signed?), an entry of nothing, a signature's name alone. */
const ODD = Symbol('odd')

/** Adds the signatures of one header's value, and returns the timestamp that stands beside them. */
type Adder = (value: string, into: string[]) => string | typeof ODD | undefined

function adder(source: SignatureSource, timeParam: string | undefined): Adder {
  const { prefix, prefixOptional, params, list } = source
  if (params !== undefined) return (value, into) => addParams(value, params, timeParam, into)
  if (list !== undefined) return (value, into) => addEntries(value, list, into)
  if (prefix === undefined) return (value, into) => void into.push(value)
  return (value, into) => {
    if (value.startsWith(prefix)) into.push(value.slice(prefix.length))
    else if (prefixOptional === true) into.push(value)
    return undefined
  }
}

function addEntries(value: string, list: NonNullable<SignatureSource['list']>, into: string[]): typeof ODD | undefined {
  for (const entry of value.split(list.separator)) {
    if (entry === '') return ODD
    if (entry.startsWith(list.prefix)) into.push(entry.slice(list.prefix.length))
  }
  return undefined
}

function addParams(
  value: string,
  params: NonNullable<SignatureSource['params']>,
  timeParam: string | undefined,
  into: string[],
): string | typeof ODD | undefined {
  let stamp: string | undefined
  for (let start = 0; start <= value.length; ) {
    const next = value.indexOf(params.separator, start)
    const end = next < 0 ? value.length : next
    const at = value.indexOf('=', start)
    const bare = at < 0 || at >= end
    const name = value.slice(start, bare ? end : at)
    if (name === params.signature) {
      if (bare) return ODD
      into.push(value.slice(at + 1, end))
    } else if (name === timeParam) {
      if (bare || stamp !== undefined) return ODD
      stamp = value.slice(at + 1, end)
    }
    start = end + params.separator.length
  }
  return stamp
}
