import { type HashName, type PublicKey, verifySignature } from '../lib/crypto.js'
import { decode, type Encoding } from '../lib/encoding.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import type { Scheme, SecretOption } from '../types.js'
import { SIGNED_OPTIONS, type SignedOptions, signedScheme } from './_engine.js'
import { oncePerKey, pinnedKey } from './_public-key.js'
import type { KeyRing } from './keys.js'

/** How a vendor signs with an RSA key pair. */
export interface RsaOptions extends SignedOptions {
  /** The vendor's public key or certificate in PEM: one, a list newest first, a function, or a source that fetches it. */
  readonly publicKey: SecretOption | KeyRing<PublicKey>
  /** Fixed by the vendor; nothing in a request can select another. @default 'sha256' */
  readonly algorithm?: HashName | undefined
  /** How the signature is written. @default 'base64' */
  readonly encoding?: Encoding | undefined
}

const OPTIONS = ['publicKey', 'algorithm', 'encoding', ...SIGNED_OPTIONS]
const MINIMUM_BITS = 2048
const HASHES: readonly string[] = ['sha1', 'sha256', 'sha384', 'sha512'] satisfies HashName[]

/**
 * RSA with PKCS #1 v1.5 padding over a template of the request. Keys under 2048 bits and keys of other kinds match nothing.
 * Throws ConfigError ERR_SECRET_INVALID, ERR_OPTION_INVALID or ERR_OPTION_UNKNOWN. @see https://www.rfc-editor.org/rfc/rfc8017#section-8.2
 */
export function rsa(options: RsaOptions): Scheme {
  checkOptions(options, OPTIONS, 'rsa')
  const { algorithm = 'sha256', encoding = 'base64' } = options
  if (!HASHES.includes(algorithm)) throw invalidOption('rsa', 'algorithm', HASHES.join(', '))
  return signedScheme<PublicKey>(options.publicKey, options, {
    kind: 'rsa',
    keyName: 'publicKey',
    codec: 'pem',
    make: (bytes) => pinnedKey(bytes, isStrong, `an RSA key of at least ${MINIMUM_BITS} bits`),
    parse: (candidate) => decode(candidate, encoding),
    matches(key, parts, signatures): boolean {
      if (!isStrong(key)) return false
      let matched = false
      for (const signature of signatures) if (verifySignature(algorithm, key, parts, signature)) matched = true
      return matched
    },
  })
}

const isStrong = oncePerKey(
  ({ asymmetricKeyType, asymmetricKeyDetails }) =>
    asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= MINIMUM_BITS,
)
