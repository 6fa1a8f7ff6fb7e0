import { ConfigError, type ErrorCode } from '../errors.js'
import { decode, type Encoding } from '../lib/encoding.js'
import type { Incoming, LabelledSecret, MaybePromise, Notice, SecretOption, Secrets } from '../types.js'
import { fingerprintOf } from './_fingerprint.js'
import { lookUp } from './_lookup.js'

/** How a secret's text becomes key bytes: as UTF-8, decoded, with a prefix cut off first, or PEM (lines: white space at its ends is no mistake). */
export type KeyCodec =
  | 'utf8'
  | 'pem'
  | Encoding
  | {
      /** The first one that fits is cut off, once. */
      readonly prefixes: readonly string[]
      readonly encoding: 'utf8' | Encoding
      /** Whether one of the prefixes must be there. @default false */
      readonly required?: boolean | undefined
    }

/** A key ready for use. */
export interface Key<K> {
  readonly id?: string | undefined
  /** ms since the epoch; Infinity without an end. */
  readonly notAfter: number
  readonly use: K
  /** Short hash of the key: part of the idempotency key where tenants are told apart by nothing else. */
  readonly fingerprint: string
}

export interface Keys<K> {
  readonly list: readonly Key<K>[]
  readonly tenant?: string | undefined
  /** True where a function found them: the tenant, or else the fingerprint, is part of the idempotency key. */
  readonly perTenant: boolean
}

/** The configured keys of a scheme. */
export interface KeyRing<K> {
  readonly warnings: readonly Notice[]
  /** Keys that hold now; the code of the refusal where a `secret` function has none, fails or is late. */
  keys(incoming: Incoming): MaybePromise<Keys<K> | ErrorCode>
  /** Asked where no key matched: newer keys, or undefined where there can be none yet. */
  renew?(incoming: Incoming): Promise<Keys<K> | ErrorCode | undefined>
}

/** Whether a key option is a source of keys already, and not yet a secret. */
export function isKeyRing<K>(keys: SecretOption | KeyRing<K>): keys is KeyRing<K> {
  // A list has keys() of its own.
  return typeof keys === 'object' && keys !== null && !Array.isArray(keys) && 'keys' in keys
}

export interface KeyRingOptions<K> {
  /** Option name, for messages. */
  readonly name: string
  readonly codec: KeyCodec
  readonly make: (bytes: Uint8Array) => K
  /** No warning for short keys: tokens and passwords may be any length. */
  readonly anyLength?: boolean | undefined
  /** Secrets that are no secrets: the vendor prints them in its docs. */
  readonly published?: readonly string[] | undefined
  /** Header that picks a key by its id, so that every key needs one. */
  readonly idFrom?: string | undefined
}

const MAX_KEYS = 8
const SHORT_BYTES = 16
const API_KEY = /^(?:[sprw]k_(?:live|test)_|[sp]k_|xox[abeprs]-|xapp-|gh[oprsu]_|github_pat_|shp(?:at|ca|pa)_)/
const SECRET_FIELDS = ['value', 'id', 'notAfter']

/** Resolves a `secret` option once. Throws ConfigError ERR_SECRET_INVALID with the cure. */
export function keyRing<K>(secret: SecretOption, options: KeyRingOptions<K>): KeyRing<K> {
  if (typeof secret === 'function') {
    const make = (secrets: Secrets): readonly Key<K>[] => toKeys(secrets, options).map(({ key }) => key)
    return { warnings: [], keys: (incoming) => lookUp(secret, incoming, make) }
  }
  const made = toKeys(secret, options)
  if (made.length === 0) throw badSecret(options.name, 'is missing: is the environment variable set?')
  const list = made.map(({ key }) => key)
  const all: Keys<K> = { list, perTenant: false }
  const ends = list.some(({ notAfter }) => notAfter !== Number.POSITIVE_INFINITY)
  const short = options.anyLength !== true && made.some(({ bytes }) => bytes < SHORT_BYTES)
  const message = `${options.name} has fewer than ${SHORT_BYTES} bytes: it can be guessed`
  return {
    warnings: short ? [{ code: 'WARN_SECRET_SHORT', message }] : [],
    keys: ends ? ({ now }) => ({ list: list.filter(({ notAfter }) => now <= notAfter), perTenant: false }) : () => all,
  }
}

interface Made<K> {
  readonly key: Key<K>
  readonly bytes: number
}

function toKeys<K>(secrets: Secrets, options: KeyRingOptions<K>): readonly Made<K>[] {
  const given: readonly unknown[] = Array.isArray(secrets) ? secrets : [secrets]
  const made = given.filter((one) => one !== undefined).map((one) => toKey(one, options))
  if (made.length > MAX_KEYS) throw badSecret(options.name, `has more than ${MAX_KEYS} entries`)
  return made
}

function toKey<K>(secret: unknown, options: KeyRingOptions<K>): Made<K> {
  const { value, id, notAfter } = labelled(secret, options.name)
  const bytes = keyBytes(value, options)
  if (options.idFrom !== undefined && id === undefined) {
    throw badSecret(options.name, `needs an id: { id, value }, where id is what the header ${options.idFrom} holds`)
  }
  const end = notAfter === undefined ? Number.POSITIVE_INFINITY : new Date(notAfter).getTime()
  if (Number.isNaN(end)) throw badSecret(options.name, 'has a notAfter that is no date')
  let fingerprint: string | undefined
  const key: Key<K> = {
    id,
    notAfter: end,
    use: options.make(bytes),
    get fingerprint(): string {
      fingerprint ??= fingerprintOf(bytes)
      return fingerprint
    },
  }
  return { key, bytes: bytes.length }
}

function labelled(secret: unknown, name: string): LabelledSecret {
  if (typeof secret === 'string') return { value: secret }
  if (typeof secret !== 'object' || secret === null || !('value' in secret) || typeof secret.value !== 'string') {
    throw badSecret(name, 'must be a string, { value, id?, notAfter? }, a list of these, or a function')
  }
  const unknown = Object.keys(secret).find((key) => !SECRET_FIELDS.includes(key))
  if (unknown !== undefined) throw badSecret(name, `has an unknown field ${JSON.stringify(unknown)}`)
  return secret as LabelledSecret // its value was checked, the rest is optional
}

function keyBytes<K>(given: string, options: KeyRingOptions<K>): Uint8Array {
  const { name, codec } = options
  const value = codec === 'pem' ? given.trim() : given
  if (value.trim() === '') throw badSecret(name, 'is empty: is the environment variable set?')
  if (/^(["'`]).*\1$/s.test(value)) throw badSecret(name, 'is wrapped in quotes: take them off')
  if (value !== value.trim()) throw badSecret(name, 'begins or ends with white space: trim it')
  if (API_KEY.test(value)) {
    throw badSecret(name, 'looks like an API key: use the signing secret of the webhook endpoint')
  }
  if (options.published?.includes(value) === true) {
    throw badSecret(name, 'is the one that the vendor publishes for trials: anybody can sign with it')
  }
  const { prefixes, encoding, required } = codecOf(codec)
  const prefix = prefixes.find((one) => value.startsWith(one))
  if (prefix === undefined && required === true) throw badSecret(name, `must begin with ${prefixes.join(' or ')}`)
  const text = value.slice(prefix?.length ?? 0)
  // Vendors show hex keys in either case (Adyen in capitals): unlike a signature's, it is no second spelling that a sender could choose.
  const bytes = encoding === 'utf8' ? Buffer.from(text) : decode(text, encoding === 'hex' ? 'hex-any-case' : encoding)
  if (bytes === undefined) throw badSecret(name, `is not valid ${encoding}: copy it whole, as the provider shows it`)
  if (bytes.length === 0) throw badSecret(name, 'decodes to nothing')
  return bytes
}

function codecOf(codec: KeyCodec): Exclude<KeyCodec, string> {
  if (typeof codec !== 'string') return codec
  return { prefixes: [], encoding: codec === 'pem' ? 'utf8' : codec }
}

function badSecret(name: string, problem: string): ConfigError {
  return new ConfigError('ERR_SECRET_INVALID', { message: `${name} ${problem}` })
}
