// The one module of the core path that imports from Node.
import * as buffer from 'node:buffer'
import * as crypto from 'node:crypto'

export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512'
export type Bytes = Uint8Array | string

export const DIGEST_BYTES: Readonly<Record<HashName, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 }

/** Compares in constant time. Lengths are no secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && crypto.timingSafeEqual(a, b)
}

/** Compares two texts in constant time, hiding even their lengths. */
export function equalText(a: string, b: string): boolean {
  return crypto.timingSafeEqual(digest('sha256', [a]), digest('sha256', [b]))
}

/** Plain digest over parts in order. Strings count as UTF-8. */
export function digest(algorithm: HashName, parts: readonly Bytes[]): Buffer {
  const hash = crypto.createHash(algorithm)
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const inBuffer: Partial<Pick<typeof buffer, 'isUtf8' | 'isAscii' | 'transcode'>> = buffer
/** What the runtime can tell about bytes at once, and its converter; undefined where it has none. */
export const isUtf8: typeof buffer.isUtf8 | undefined = inBuffer.isUtf8
export const isAscii: typeof buffer.isAscii | undefined = inBuffer.isAscii
export const transcode: typeof buffer.transcode | undefined = inBuffer.transcode

/** 122 random bits as text, from the runtime's own pool. */
export function randomId(): string {
  return crypto.randomUUID()
}

/** Incremental digest; `copy()` forks its state where the runtime can. */
export function startHash(algorithm: HashName): crypto.Hash {
  return crypto.createHash(algorithm)
}

type OneShot = (algorithm: HashName, data: Bytes, form: 'binary' | 'hex' | 'base64' | 'base64url') => string
/** One-shot digest as text, which costs no Buffer (`binary` is Latin-1); undefined where the runtime has none. */
export const oneShotHash: OneShot | undefined = typeof crypto.hash === 'function' ? crypto.hash : undefined

/** Plain digest as text, of text as UTF-8. */
export function digestText(algorithm: HashName, data: Bytes, form: 'hex' | 'base64url'): string {
  return oneShotHash === undefined ? digest(algorithm, [data]).toString(form) : oneShotHash(algorithm, data, form)
}

/** HMAC by the runtime itself. */
export function startHmac(algorithm: HashName, key: Uint8Array): () => crypto.Hmac {
  const object = crypto.createSecretKey(key)
  return () => crypto.createHmac(algorithm, object)
}

/** A public key of the runtime; opaque, so that no declaration asks for Node's types. */
export interface PublicKey {
  readonly type: string
  readonly asymmetricKeyType?: string | undefined
  readonly asymmetricKeyDetails?:
    | { readonly modulusLength?: number | undefined; readonly namedCurve?: string | undefined }
    | undefined
}
export { X509Certificate } from 'node:crypto'

/** The certificate authorities that come with the runtime, PEM. Loaded when asked for: nothing else here needs TLS. */
export async function rootCertificates(): Promise<readonly string[]> {
  const { rootCertificates } = await import('node:tls')
  return rootCertificates
}

/** A public key from PEM, or from DER SubjectPublicKeyInfo. Throws on anything else. */
export function publicKeyFrom(source: string | Uint8Array): PublicKey {
  if (typeof source === 'string') return crypto.createPublicKey(source)
  return crypto.createPublicKey({ key: Buffer.from(source), format: 'der', type: 'spki' })
}

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** An Ed25519 key from its raw 32 bytes. Small-order points, for which anything verifies, are refused. */
export function ed25519KeyFrom(raw: Uint8Array): PublicKey {
  return publicKeyFrom(Buffer.concat([ED25519_SPKI, raw]))
}

/** Verifies an asymmetric signature. `hash` undefined: Ed25519. ECDSA signatures are DER. */
export function verifySignature(
  hash: HashName | undefined,
  key: PublicKey,
  parts: readonly Bytes[],
  signature: Uint8Array,
): boolean {
  const only = parts.length === 1 ? parts[0] : undefined
  const data =
    only instanceof Uint8Array
      ? only
      : Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
  return crypto.verify(hash, data, key as crypto.KeyObject, signature) // publicKeyFrom made it
}
