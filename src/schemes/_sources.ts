import { ConfigError, type ErrorCode } from '../errors.js'
import { invalidOption } from '../lib/options.js'
import type { TimeUnit } from '../lib/time.js'
import type { Incoming, RequiredHeaders } from '../types.js'

/** Where the signatures stand. Exactly one of `prefix`, `params`, `list` or none of them (the bare value). */
export interface SignatureSource {
  /** One header, or several of which each may hold signatures (numbered or rotating headers). */
  readonly header: string | readonly string[]
  /** Fixed text before the value: `sha256=`. */
  readonly prefix?: string | undefined
  /** The prefix may be left out. @default false */
  readonly prefixOptional?: boolean | undefined
  /** `t=…,v1=…`: pairs; every pair of the given name is a signature. */
  readonly params?: { readonly separator: string; readonly signature: string } | undefined
  /** `v1=…,v1=…` or `v1,… v1,…`: entries; those that begin with `prefix` are signatures, all others are skipped. */
  readonly list?: { readonly separator: string; readonly prefix: string } | undefined
}

/** Where the signed timestamp stands. */
export type TimestampSource =
  | { readonly header: string; readonly unit: TimeUnit }
  | { readonly param: string; readonly unit: TimeUnit }
  /** In the signed body: read after the signature held. `optional`: nobody but the signer can have left it out. */
  | { readonly payload: (payload: unknown) => unknown; readonly unit: TimeUnit; readonly optional?: boolean }

const MAX_HEADER_LENGTH = 4096
const MAX_CANDIDATES = 16

/** Signatures and time as a request carries them. */
export interface Found {
  readonly candidates: readonly string[]
  readonly timestamp: string | undefined
  readonly unit: TimeUnit | undefined
}

/** What must be there before the body is read. */
export function requiredHeaders(
  signature: SignatureSource,
  timestampHeader: string | undefined,
  keyHeader: string | undefined,
): readonly RequiredHeaders[] {
  const headers = typeof signature.header === 'string' ? [signature.header] : signature.header
  const groups: RequiredHeaders[] = [{ anyOf: headers, code: 'ERR_SIGNATURE_MISSING' }]
  if (timestampHeader !== undefined) groups.push({ anyOf: [timestampHeader], code: 'ERR_TIMESTAMP_MISSING' })
  if (keyHeader !== undefined) groups.push({ anyOf: [keyHeader], code: 'ERR_KEY_UNTRUSTED' })
  return groups
}

/** Reads them, or tells the code of the refusal. Throws ConfigError for a source that cannot work. */
export function signatureReader(
  source: SignatureSource,
  time: TimestampSource | undefined,
): (incoming: Incoming) => Found | ErrorCode {
  const names = typeof source.header === 'string' ? [source.header] : source.header
  for (const name of names) {
    if (name === '' || name !== name.toLowerCase())
      throw invalidOption('signature', 'header', 'a header name in lower case')
  }
  if ([source.prefix, source.params, source.list].filter((one) => one !== undefined).length > 1) {
    throw new ConfigError('ERR_OPTION_INVALID', { detail: 'signature takes one of prefix, params and list' })
  }
  if (time !== undefined && 'param' in time && source.params === undefined) {
    throw new ConfigError('ERR_OPTION_INVALID', { detail: 'a timestamp param needs signature.params' })
  }
  const unit = time === undefined || 'payload' in time ? undefined : time.unit
  return (incoming) => {
    const candidates: string[] = []
    let timestamp = time !== undefined && 'header' in time ? incoming.header(time.header) : undefined
    let seen = false
    for (const name of names) {
      const value = incoming.header(name)
      if (value === undefined) continue
      seen = true
      if (value === '' || value.length > MAX_HEADER_LENGTH) return 'ERR_SIGNATURE_MALFORMED'
      if (source.params === undefined) addEntries(value, source, candidates)
      else {
        const stamp = addParams(
          value,
          source.params,
          time !== undefined && 'param' in time ? time.param : undefined,
          candidates,
        )
        if (stamp === false) return 'ERR_SIGNATURE_MALFORMED'
        timestamp ??= stamp
      }
    }
    if (!seen) return 'ERR_SIGNATURE_MISSING'
    if (candidates.length === 0 || candidates.length > MAX_CANDIDATES) return 'ERR_SIGNATURE_MALFORMED'
    if (unit !== undefined && (timestamp === undefined || timestamp === '')) return 'ERR_TIMESTAMP_MISSING'
    return { candidates, timestamp, unit }
  }
}

function addEntries(value: string, source: SignatureSource, into: string[]): void {
  if (source.list !== undefined) {
    for (const entry of value.split(source.list.separator)) {
      const text = entry.trim()
      if (text.startsWith(source.list.prefix)) into.push(text.slice(source.list.prefix.length))
    }
  } else if (source.prefix === undefined) into.push(value)
  else if (value.startsWith(source.prefix)) into.push(value.slice(source.prefix.length))
  else if (source.prefixOptional === true) into.push(value)
}

/** False where the timestamp comes twice: nobody can tell which one was signed. */
function addParams(
  value: string,
  params: { readonly separator: string; readonly signature: string },
  stampName: string | undefined,
  into: string[],
): string | undefined | false {
  let stamp: string | undefined
  for (const pair of value.split(params.separator)) {
    const text = pair.trim()
    const at = text.indexOf('=')
    if (at < 0) continue
    const name = text.slice(0, at)
    if (name === params.signature) into.push(text.slice(at + 1))
    else if (name === stampName) {
      if (stamp !== undefined) return false
      stamp = text.slice(at + 1)
    }
  }
  return stamp
}
