import { type PublicKey, verifySignature } from '../lib/crypto.js'
import { decode, type Encoding } from '../lib/encoding.js'
import { checkOptions } from '../lib/options.js'
import type { Scheme, SecretOption } from '../types.js'
import { SIGNED_OPTIONS, type SignedOptions, signedScheme } from './_engine.js'
import { oncePerKey, pinnedKey } from './_public-key.js'
import type { KeyRing } from './keys.js'

/** How a vendor signs with a key pair on the curve P-256. */
export interface EcdsaOptions extends SignedOptions {
  /** The vendor's public key in PEM, or the base64 of its DER: one, a list newest first, a function, or a source that fetches it. */
  readonly publicKey: SecretOption | KeyRing<PublicKey>
  /** How the DER signature is written. @default 'base64' */
  readonly encoding?: Encoding | undefined
}

/**
 * ECDSA with P-256 and SHA-256 over a template of the request; signatures are strict DER. They are malleable: never use one as an id.
 * Throws ConfigError ERR_SECRET_INVALID, ERR_OPTION_INVALID or ERR_OPTION_UNKNOWN. @see https://www.rfc-editor.org/rfc/rfc3279#section-2.2.3
 */
export function ecdsa(options: EcdsaOptions): Scheme {
  checkOptions(options, ['publicKey', 'encoding', ...SIGNED_OPTIONS], 'ecdsa')
  const { encoding = 'base64' } = options
  return signedScheme<PublicKey>(options.publicKey, options, {
    kind: 'ecdsa',
    keyName: 'publicKey',
    codec: 'pem',
    make: (bytes) => pinnedKey(inLines(bytes), isP256, 'a key on the curve P-256'),
    parse: (candidate) => decode(candidate, encoding),
    matches(key, parts, signatures): boolean {
      if (!isP256(key)) return false
      let matched = false
      for (const signature of signatures) if (verifySignature('sha256', key, parts, signature)) matched = true
      return matched
    },
  })
}

const isP256 = oncePerKey(
  ({ asymmetricKeyType, asymmetricKeyDetails }) =>
    asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1',
)

/** Vendors show the key as PEM or as what stands between its two lines. */
function inLines(given: Uint8Array): Uint8Array {
  const text = Buffer.from(given).toString('latin1')
  if (text.startsWith('-----BEGIN')) return given
  return Buffer.from(`-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----\n`)
}
