import { DIGEST_BYTES, type HashName } from '../lib/crypto.js'
import { type Encoding, isEncoded } from '../lib/encoding.js'
import { createMac, type Mac } from '../lib/mac.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import type { Scheme, SecretOption } from '../types.js'
import { SIGNED_OPTIONS, type SignedOptions, signedScheme } from './_engine.js'
import type { KeyCodec } from './keys.js'

export type { Encoding } from '../lib/encoding.js'

/** How a vendor signs with a shared key. */
export interface HmacOptions extends SignedOptions {
  readonly secret: SecretOption
  /** Fixed by the vendor; nothing in a request can select another. @default 'sha256' */
  readonly algorithm?: HashName | undefined
  /** How the secret's text becomes the key. @default 'utf8' */
  readonly key?: KeyCodec | undefined
  /** How the signature is written. @default 'hex', lower-case */
  readonly encoding?: Encoding | undefined
}

/** How the scheme signs, without the secret. */
export interface HmacRecipe {
  readonly kind: 'hmac'
  readonly algorithm: HashName
  readonly encoding: Encoding
  readonly key: KeyCodec
  readonly signature: HmacOptions['signature']
  readonly timestamp: HmacOptions['timestamp']
  readonly signed: HmacOptions['signed']
}

/** The names of {@link HmacOptions}. */
export const HMAC_OPTIONS: readonly (keyof HmacOptions)[] = [
  'secret',
  'algorithm',
  'key',
  'encoding',
  ...SIGNED_OPTIONS,
]

/**
 * A keyed hash over a template of the request. Several secrets cost a digest each, several signatures nothing.
 * Throws ConfigError ERR_SECRET_INVALID, ERR_OPTION_INVALID or ERR_OPTION_UNKNOWN. @see https://www.rfc-editor.org/rfc/rfc2104
 */
export function hmac(options: HmacOptions): Scheme {
  checkOptions(options, HMAC_OPTIONS, 'hmac')
  const { algorithm = 'sha256', encoding = 'hex', key = 'utf8' } = options
  const length = DIGEST_BYTES[algorithm]
  if (length === undefined) throw invalidOption('hmac', 'algorithm', 'sha1, sha256, sha384 or sha512')
  const characters = textLength(length, encoding)
  const anyCase = encoding === 'hex-any-case'
  const { signature, timestamp, signed } = options
  const recipe: HmacRecipe = { kind: 'hmac', algorithm, encoding, key, signature, timestamp, signed }
  const scheme = signedScheme<Mac, string>(options.secret, options, {
    kind: 'hmac',
    keyName: 'secret',
    codec: key,
    make: (bytes) => createMac(algorithm, bytes, anyCase ? 'hex' : encoding),
    // Compared as text, in which a MAC has one spelling: decoding would cost as much as hashing a short body.
    parse: (candidate) => (candidate.length !== characters ? undefined : anyCase ? candidate.toLowerCase() : candidate),
    isForm: (signature) => isEncoded(signature, encoding),
    matches: (mac, parts, signatures) => mac.matches(parts, signatures),
  })
  return { ...scheme, recipe }
}

/** Throws ConfigError ERR_OPTION_INVALID for an unknown encoding. */
export function textLength(bytes: number, encoding: Encoding): number {
  if (encoding === 'hex' || encoding === 'hex-any-case') return 2 * bytes
  if (encoding === 'base64') return 4 * Math.ceil(bytes / 3)
  if (encoding === 'base64url') return Math.ceil((4 * bytes) / 3)
  throw invalidOption('the scheme', 'encoding', 'hex, hex-any-case, base64 or base64url')
}
