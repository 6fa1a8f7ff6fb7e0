import type { ErrorCode } from '../errors.js'
import { invalidOption } from '../lib/options.js'
import { isThenable } from '../lib/thenable.js'
import type { Coverage, Incoming, MaybePromise, Scheme, SecretOption, Verdict, Verified } from '../types.js'
import { inputBuilder, type SignedInput } from './_input.js'
import { required } from './_required.js'
import { headerName, type SignatureSource, signatureReader, type TimestampSource } from './_signature.js'
import { bodyTime, freshTime } from './_time.js'
import { isKeyRing, type Key, type KeyCodec, type KeyRing, type Keys, keyRing } from './keys.js'
import { body, method, type Part } from './parts.js'

export type { SignatureSource, TimestampSource } from './_signature.js'

/** What all signing schemes share. */
export interface SignedOptions {
  readonly signature: SignatureSource
  /** @default none: the sender signs no time */
  readonly timestamp?: TimestampSource | undefined
  /** The signed input, in order. @default the raw body */
  readonly signed?: readonly Part[] | undefined
  /** What a good signature authenticates. @default 'full' where the raw body is signed, else the names of the signed parts */
  readonly coverage?: Coverage | undefined
  /** Authenticated content, where it is not the body itself; asked after the signature held. */
  readonly content?: ((incoming: Incoming) => unknown) | undefined
  /** Header that names the secret's `id`: no other secret is tried, and every secret needs an id. */
  readonly keyHeader?: string | undefined
  /** Secrets that the vendor published for trials: refused, because anybody can sign with them. */
  readonly published?: readonly string[] | undefined
  /** The vendor's own secrets have fewer than 16 bytes: no warning. @default false */
  readonly shortSecrets?: boolean | undefined
}

/** The names of what all signing schemes share. */
export const SIGNED_OPTIONS: readonly (keyof SignedOptions)[] = [
  ...(['signature', 'timestamp', 'signed', 'coverage', 'content'] as const),
  ...(['keyHeader', 'published', 'shortSecrets'] as const),
]

/** What differs between signing schemes. */
export interface Primitive<K, S> {
  readonly kind: string
  readonly codec: KeyCodec
  /** Option name of the key, for messages. */
  readonly keyName: string
  /** No warning for short keys. */
  readonly anyLength?: boolean | undefined
  make(bytes: Uint8Array): K
  /** A signature as `matches` takes it, or undefined where the text has not the exact form of one. */
  parse(candidate: string): S | undefined
  /** Asked where no key matched, if `parse` looks at no more than the length: whether the text could be a signature at all. */
  isForm?(signature: S): boolean
  /** Whether any of the signatures is this key's; looks at all of them. */
  matches(key: K, parts: readonly (Uint8Array | string)[], signatures: readonly S[]): boolean
}

/** A scheme from what is shared and what differs. Throws ConfigError for options that cannot work. */
export function signedScheme<K, S = Uint8Array>(
  secret: SecretOption | KeyRing<K>,
  options: SignedOptions,
  primitive: Primitive<K, S>,
): Scheme {
  const { signature, timestamp, signed = [body], content, keyHeader } = options
  const ring = isKeyRing(secret)
    ? secret
    : keyRing(secret, {
        name: primitive.keyName,
        codec: primitive.codec,
        make: (bytes) => primitive.make(bytes),
        anyLength: primitive.anyLength ?? options.shortSecrets,
        published: options.published,
        idFrom: keyHeader === undefined ? undefined : headerName(keyHeader, 'keyHeader'),
      })
  const read = signatureReader(signature, timestamp, (text) => primitive.parse(text))
  checkTimeSigned(timestamp, signed)
  const unit = timestamp === undefined || 'payload' in timestamp ? undefined : timestamp.unit
  const inBody = timestamp !== undefined && 'payload' in timestamp ? timestamp : undefined
  const build = inputBuilder(signed)
  const coverage = options.coverage ?? coverageOf(signed)

  /** The last step, alone after a key lookup: no part of it waits. */
  const decide = (keys: Keys<K> | ErrorCode, request: Ready<S>, incoming: Incoming): Verdict => {
    if (typeof keys === 'string') return keys
    const list = keyHeader === undefined ? keys.list : named(keys.list, incoming.header(keyHeader))
    if (list.length === 0 && keys.list.length > 0) return 'ERR_KEY_UNTRUSTED'
    const found = matching(primitive, list, request)
    if (found === undefined) return refusal(request.signatures)
    const { key: matched, input } = found
    const time = inBody === undefined ? request.time : bodyTime(inBody, incoming)
    if (typeof time === 'string') return time
    const tenant = keys.perTenant ? (keys.tenant ?? matched.fingerprint) : undefined
    const verified: Verified = { coverage, signed: input, timestamp: time, secretId: matched.id, tenant }
    return content === undefined ? verified : { ...verified, content: content(incoming) }
  }

  const refusal = (signatures: readonly S[]): ErrorCode =>
    signatures.some((one) => primitive.isForm?.(one) !== false) ? 'ERR_SIGNATURE_MISMATCH' : 'ERR_SIGNATURE_MALFORMED'

  // Whatever waits is a function of its own: a closure would cost every request a context, also where nothing waits.
  const decideLater = async (
    keys: Promise<Keys<K> | ErrorCode>,
    request: Ready<S>,
    incoming: Incoming,
  ): Promise<Verdict> => orRenewed(decide(await keys, request, incoming), request, incoming)
  const renewed = async (request: Ready<S>, incoming: Incoming): Promise<Verdict> => {
    const keys = await ring.renew?.(incoming)
    return keys === undefined ? 'ERR_SIGNATURE_MISMATCH' : decide(keys, request, incoming)
  }

  /** Fetched keys may have been replaced by their owner. */
  const orRenewed = (verdict: Verdict, request: Ready<S>, incoming: Incoming): MaybePromise<Verdict> =>
    verdict === 'ERR_SIGNATURE_MISMATCH' && ring.renew !== undefined ? renewed(request, incoming) : verdict

  return {
    kind: primitive.kind,
    coverage,
    timestamped: timestamp !== undefined,
    requires: required(signature, timestamp, signed, keyHeader),
    warnings: ring.warnings,
    verify(incoming): MaybePromise<Verdict> {
      const found = read(incoming)
      if (typeof found === 'string') return found
      const time = unit === undefined ? undefined : freshTime(found.timestamp ?? '', unit, incoming)
      if (typeof time === 'string') return time
      const inputs = build(incoming, found.timestamp)
      if (typeof inputs === 'string') return inputs
      const keys = ring.keys(incoming)
      const request = { signatures: found.signatures, inputs, time }
      return isThenable(keys)
        ? decideLater(keys, request, incoming)
        : orRenewed(decide(keys, request, incoming), request, incoming)
    },
  }
}

/** Everybody can write a time that nobody signed. Throws ConfigError ERR_OPTION_INVALID where no part of the input can hold it. */
function checkTimeSigned(source: TimestampSource | undefined, signed: readonly Part[]): void {
  if (source === undefined || 'payload' in source) return
  const own = 'header' in source ? source.header : undefined
  const mayHold = (part: Part): boolean =>
    typeof part !== 'string' && part !== body && part !== method && (part.header === undefined || part.header === own)
  if (Array.isArray(signed) && signed.length > 0 && !signed.some(mayHold)) {
    throw invalidOption('the scheme', 'signed', 'a list with the timestamp in it: what is not signed proves no time')
  }
}

interface Ready<S> {
  readonly signatures: readonly S[]
  readonly inputs: readonly SignedInput[]
  readonly time: number | undefined
}

function named<K>(keys: readonly Key<K>[], id: string | undefined): readonly Key<K>[] {
  return keys.filter((key) => key.id === id)
}

/** No early exit: the time taken tells nothing about which key matched. */
function matching<K, S>(
  primitive: Primitive<K, S>,
  keys: readonly Key<K>[],
  { inputs, signatures }: Ready<S>,
): { readonly key: Key<K>; readonly input: SignedInput } | undefined {
  let matched: { readonly key: Key<K>; readonly input: SignedInput } | undefined
  for (const key of keys) {
    for (const input of inputs) if (primitive.matches(key.use, input, signatures)) matched ??= { key, input }
  }
  return matched
}

function coverageOf(signed: readonly Part[]): Coverage {
  const tokens = signed.filter((part) => typeof part !== 'string')
  return tokens.includes(body) ? 'full' : { fields: tokens.map(({ part }) => part) }
}
