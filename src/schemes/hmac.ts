import { createMac, DIGEST_BYTES, equalBytes, type HashName, type Mac } from '../lib/crypto.js'
import { decode, type Encoding } from '../lib/encoding.js'
import { invalidOption } from '../lib/options.js'
import type { Scheme, SecretOption } from '../types.js'
import { type SignedOptions, signedScheme } from './_engine.js'
import type { KeyCodec } from './keys.js'

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

/**
 * A keyed hash over a template of the request. Several secrets cost a digest each, several signatures nothing.
 * Throws ConfigError ERR_SECRET_INVALID or ERR_OPTION_INVALID. @see https://www.rfc-editor.org/rfc/rfc2104
 */
export function hmac(options: HmacOptions): Scheme {
  const algorithm = options.algorithm ?? 'sha256'
  const encoding = options.encoding ?? 'hex'
  const length = DIGEST_BYTES[algorithm]
  if (length === undefined) throw invalidOption('hmac', 'algorithm', 'sha1, sha256, sha384 or sha512')
  const text = Buffer.alloc(length).toString(encoding === 'hex-any-case' ? 'hex' : encoding).length
  return signedScheme<Mac>(options.secret, options, {
    kind: 'hmac',
    keyName: 'secret',
    codec: options.key ?? 'utf8',
    make: (bytes) => createMac(algorithm, bytes),
    wellFormed: (candidate) => candidate.length === text && decode(candidate, encoding) !== undefined,
    matches(mac, parts, candidates): boolean {
      const expected = mac.sign(parts)
      let matched = false
      for (const candidate of candidates) {
        const bytes = decode(candidate, encoding)
        if (bytes !== undefined && equalBytes(bytes, expected)) matched = true
      }
      return matched
    },
  })
}
