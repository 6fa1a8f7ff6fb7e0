import { DIGEST_BYTES, equalBytes, type HashName, digest as hashOf } from '../lib/crypto.js'
import { decode, type Encoding } from '../lib/encoding.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import type { Scheme, SecretOption } from '../types.js'
import { SIGNED_OPTIONS, type SignedOptions, signedScheme } from './_engine.js'
import { textLength } from './hmac.js'

/** How a vendor hashes a secret in front of a template of the request. */
export interface DigestOptions extends SignedOptions {
  readonly secret: SecretOption
  /** Fixed by the vendor. @default 'sha256' */
  readonly algorithm?: HashName | undefined
  /** How the digest is written. @default 'hex', lower-case */
  readonly encoding?: Encoding | undefined
}

/**
 * A plain hash over the secret and a template of the request: older than HMAC and weaker, because whoever has one digest can compute that
 * of a longer body. Throws ConfigError ERR_SECRET_INVALID, ERR_OPTION_INVALID or ERR_OPTION_UNKNOWN.
 * @see https://www.rfc-editor.org/rfc/rfc6234
 */
export function digest(options: DigestOptions): Scheme {
  checkOptions(options, ['secret', 'algorithm', 'encoding', ...SIGNED_OPTIONS], 'digest')
  const { algorithm = 'sha256', encoding = 'hex' } = options
  const length = DIGEST_BYTES[algorithm]
  if (length === undefined) throw invalidOption('digest', 'algorithm', 'sha1, sha256, sha384 or sha512')
  const characters = textLength(length, encoding)
  return signedScheme<Uint8Array>(options.secret, options, {
    kind: 'digest',
    keyName: 'secret',
    codec: 'utf8',
    make: (bytes) => bytes,
    parse: (candidate) => (candidate.length === characters ? decode(candidate, encoding) : undefined),
    matches(secret, parts, signatures): boolean {
      const expected = hashOf(algorithm, [secret, ...parts])
      let matched = false
      for (const signature of signatures) if (equalBytes(signature, expected)) matched = true
      return matched
    },
  })
}
