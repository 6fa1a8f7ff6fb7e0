import { ConfigError } from '../errors.js'
import { ed25519KeyFrom, type PublicKey, verifySignature } from '../lib/crypto.js'
import { decode, type Encoding } from '../lib/encoding.js'
import { checkOptions } from '../lib/options.js'
import type { Scheme, SecretOption } from '../types.js'
import { SIGNED_OPTIONS, type SignedOptions, signedScheme } from './_engine.js'
import { textLength } from './hmac.js'
import type { KeyCodec } from './keys.js'

/** How a vendor signs with an Ed25519 key pair. */
export interface Ed25519Options extends SignedOptions {
  /** The vendor's public key: one, a list newest first, or a function. */
  readonly publicKey: SecretOption
  /** How the key's text holds its 32 raw bytes. @default 'hex' */
  readonly key?: KeyCodec | undefined
  /** How the signature is written. @default 'hex', lower-case */
  readonly encoding?: Encoding | undefined
}

const KEY_BYTES = 32
const SIGNATURE_BYTES = 64

/**
 * Ed25519 over a template of the request. Throws ConfigError ERR_SECRET_INVALID for keys that are no point or of small order,
 * ERR_OPTION_INVALID or ERR_OPTION_UNKNOWN. @see https://www.rfc-editor.org/rfc/rfc8032
 */
export function ed25519(options: Ed25519Options): Scheme {
  checkOptions(options, ['publicKey', 'key', 'encoding', ...SIGNED_OPTIONS], 'ed25519')
  const { encoding = 'hex', key = 'hex' } = options
  const characters = textLength(SIGNATURE_BYTES, encoding)
  return signedScheme<PublicKey>(options.publicKey, options, {
    kind: 'ed25519',
    keyName: 'publicKey',
    codec: key,
    make: keyOf,
    parse: (candidate) => (candidate.length === characters ? decode(candidate, encoding) : undefined),
    matches: (one, parts, signatures) =>
      // Public keys are no secret: the first match may end the search.
      signatures.some((signature) => verifySignature(undefined, one, parts, signature)),
  })
}

function keyOf(raw: Uint8Array): PublicKey {
  if (raw.length !== KEY_BYTES) throw badKey('must hold the 32 raw bytes of an Ed25519 key')
  if (SMALL_ORDER.has(Buffer.from(raw).toString('hex')))
    throw badKey('is a point of small order: anybody could sign for it')
  try {
    return ed25519KeyFrom(raw)
  } catch {
    throw badKey('is no Ed25519 key')
  }
}

function badKey(problem: string): ConfigError {
  return new ConfigError('ERR_SECRET_INVALID', { message: `publicKey ${problem}` })
}

/** The eight points of small order and their non-canonical spellings. @see https://www.rfc-editor.org/rfc/rfc8032#section-5.1 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
])
