import type { ErrorCode } from '../errors.js'
import { ConfigError } from '../errors.js'
import { invalidOption } from '../lib/options.js'
import { parseTime, staleness, type TimeUnit } from '../lib/time.js'
import type { Incoming, MaybePromise, RequiredHeaders, Scheme, SecretOption, Verdict } from '../types.js'
import { type KeyCodec, type Keys, keyRing } from './keys.js'
import { body, type Part } from './parts.js'

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
  /** In the signed body: read after the signature held. */
  | { readonly payload: (payload: unknown) => unknown; readonly unit: TimeUnit }

/** What all signing schemes share. */
export interface SignedOptions {
  readonly signature: SignatureSource
  /** @default none: the sender signs no time */
  readonly timestamp?: TimestampSource | undefined
  /** The signed input, in order. @default the raw body */
  readonly signed?: readonly Part[] | undefined
}

/** What differs between signing schemes. */
export interface Primitive<K> {
  readonly kind: string
  readonly codec: KeyCodec
  readonly anyLength?: boolean | undefined
  /** Option name of the key, for messages. */
  readonly keyName: string
  make(bytes: Uint8Array): K
  /** Whether a candidate has the exact form of a signature. */
  wellFormed(candidate: string): boolean
  /** Whether any candidate is this key's signature; compares all of them. */
  matches(key: K, parts: readonly (Uint8Array | string)[], candidates: readonly string[]): boolean
}

const MAX_HEADER_LENGTH = 4096
const MAX_CANDIDATES = 16

/** A scheme from what is shared and what differs. Throws ConfigError for options that cannot work. */
export function signedScheme<K>(keys: SecretOption, options: SignedOptions, primitive: Primitive<K>): Scheme {
  const ring = keyRing(keys, {
    name: primitive.keyName,
    codec: primitive.codec,
    make: (bytes) => primitive.make(bytes),
    anyLength: primitive.anyLength,
  })
  const read = signatureReader(options.signature, options.timestamp)
  const build = inputBuilder(options.signed ?? [body])
  const inHeader = options.timestamp !== undefined && 'header' in options.timestamp ? options.timestamp : undefined
  return {
    kind: primitive.kind,
    coverage: 'full',
    timestamped: options.timestamp !== undefined,
    requires: required(options.signature, inHeader?.header),
    warnings: ring.warnings,
    verify(incoming): MaybePromise<Verdict> {
      const found = read(incoming)
      if (typeof found === 'string') return found
      // A list may hold entries of a newer form beside the known one.
      const candidates = found.candidates.filter((one) => primitive.wellFormed(one))
      if (candidates.length === 0) return 'ERR_SIGNATURE_MALFORMED'
      const time =
        found.timestamp === undefined || found.unit === undefined
          ? undefined
          : freshTime(found.timestamp, found.unit, incoming)
      if (typeof time === 'string') return time
      const parts = build(incoming, found.timestamp)
      if (typeof parts === 'string') return parts
      const finish = (available: Keys<K> | ErrorCode): Verdict => {
        if (typeof available === 'string') return available
        return decide(available, parts, candidates, time)
      }
      const available = ring.keys(incoming)
      return available instanceof Promise
        ? available.then(finish).then((verdict) => withBodyTime(verdict, incoming))
        : withBodyTime(finish(available), incoming)
    },
  }

  function decide(
    available: Keys<K>,
    parts: readonly (Uint8Array | string)[],
    candidates: readonly string[],
    time: number | undefined,
  ): Verdict {
    // No early exit by key: the time taken tells nothing about which one matched.
    let matched: Keys<K>['list'][number] | undefined
    for (const key of available.list) {
      if (primitive.matches(key.use, parts, candidates)) matched ??= key
    }
    if (matched === undefined) return 'ERR_SIGNATURE_MISMATCH'
    const tenant = available.perTenant ? (available.tenant ?? matched.fingerprint) : undefined
    return { coverage: 'full', signed: parts, timestamp: time, secretId: matched.id, tenant }
  }

  function withBodyTime(verdict: Verdict, incoming: Incoming): Verdict {
    const source = options.timestamp
    if (typeof verdict === 'string' || source === undefined || !('payload' in source)) return verdict
    const value = source.payload(incoming.json())
    if (typeof value !== 'string' && typeof value !== 'number') return 'ERR_TIMESTAMP_MISSING'
    const time = freshTime(String(value), source.unit, incoming)
    return typeof time === 'string' ? time : { ...verdict, timestamp: time }
  }
}

/** The signed time in ms, or why it is refused. */
export function freshTime(text: string, unit: TimeUnit, incoming: Incoming): number | ErrorCode {
  const time = parseTime(text, unit)
  if (time === undefined) return 'ERR_TIMESTAMP_INVALID'
  return staleness(time, incoming.now, incoming.toleranceMs) ?? time
}

interface Found {
  readonly candidates: readonly string[]
  readonly timestamp: string | undefined
  readonly unit: TimeUnit | undefined
}

function required(signature: SignatureSource, timestampHeader: string | undefined): readonly RequiredHeaders[] {
  const headers = typeof signature.header === 'string' ? [signature.header] : signature.header
  const groups: RequiredHeaders[] = [{ anyOf: headers, code: 'ERR_SIGNATURE_MISSING' }]
  if (timestampHeader !== undefined) groups.push({ anyOf: [timestampHeader], code: 'ERR_TIMESTAMP_MISSING' })
  return groups
}

function signatureReader(
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

type InputBuilder = (incoming: Incoming, timestamp: string | undefined) => readonly (Uint8Array | string)[] | ErrorCode

function inputBuilder(template: readonly Part[]): InputBuilder {
  if (template.length === 0) throw invalidOption('signed', 'the template', 'a list of at least one part')
  if (template.length === 1 && template[0] === body) return (incoming) => [incoming.body]
  return (incoming, timestamp) => {
    const context = { incoming, timestamp }
    const parts: (Uint8Array | string)[] = []
    for (const part of template) {
      const value = typeof part === 'string' ? part : part.read(context)
      if (value === undefined) return 'ERR_SIGNATURE_MISMATCH'
      parts.push(value)
    }
    return parts
  }
}
