// Speed costs clarity here, as it does in decode.ts. At 1 KB createHmac spends four fifths of its time on setting up objects: hashing
// key block and body in one call from a shared buffer, and comparing text that is written into buffers made once, takes half of
// the time of createHmac, a comparison in constant time and two new Buffers.
import {
  type Bytes,
  DIGEST_BYTES,
  digest,
  equalBytes,
  type HashName,
  oneShotHash,
  startHash,
  startHmac,
} from './crypto.js'

/** How a MAC is written; hex in lower case. */
export type MacText = 'hex' | 'base64' | 'base64url'

/** A keyed hash. */
export interface Mac {
  /** Whether any of the texts is the MAC over the parts, in order. Takes constant time and looks at all of them. */
  matches(parts: readonly Bytes[], texts: readonly string[]): boolean
}

const BLOCK_BYTES: Readonly<Record<HashName, number>> = { sha1: 64, sha256: 64, sha384: 128, sha512: 128 }
/** Longer inputs are hashed in place: copying them costs more than a hash object. */
const ONE_SHOT_BYTES = 16_384

/** HMAC by RFC 2104: one-shot hashing where the runtime has it, else createHmac. */
export function createMac(algorithm: HashName, key: Uint8Array, text: MacText): Mac {
  return oneShotHash !== undefined && isFast(scratch)
    ? fastMac(algorithm, key, text, oneShotHash)
    : portableMac(algorithm, key, text)
}

export function portableMac(algorithm: HashName, key: Uint8Array, text: MacText): Mac {
  const start = startHmac(algorithm, key)
  return {
    matches(parts, texts): boolean {
      const hmac = start()
      for (const part of parts) hmac.update(part)
      const expected = Buffer.from(hmac.digest(text))
      return isAmong(
        texts.map((one) => Buffer.from(one)),
        expected,
      )
    },
  }
}

type FastBuffer = Buffer &
  Readonly<Record<'latin1Write' | 'ucs2Write', (text: string, offset: number, bytes: number) => number>>

// Node's own methods, which Buffer.write calls after checks that cost as much as the write.
function isFast(buffer: Buffer): buffer is FastBuffer {
  return ['latin1Write', 'ucs2Write'].every((name) => name in buffer)
}

// Shared: matches() runs to its end before another one begins.
const scratch: Buffer = Buffer.allocUnsafeSlow(128 + ONE_SHOT_BYTES)
const { buffer } = scratch
/** The key block that stands at its beginning. */
let current: Buffer | undefined

function fastMac(algorithm: HashName, key: Uint8Array, text: MacText, hash: NonNullable<typeof oneShotHash>): Mac {
  const block = BLOCK_BYTES[algorithm]
  const inner = paddedKey(algorithm, key, 0x36)
  const buffers = [paddedKey(algorithm, key, 0x5c), Buffer.alloc(DIGEST_BYTES[algorithm])]
  const outer = Buffer.concat(buffers) as FastBuffer // checked by createMac
  const characters = Buffer.alloc(DIGEST_BYTES[algorithm]).toString(text).length
  // Two bytes a character: no other text has the same bytes, as it might in Latin-1.
  const expected = Buffer.alloc(2 * characters) as FastBuffer // likewise
  const given = Buffer.alloc(2 * characters) as FastBuffer // likewise
  return {
    matches(parts, texts): boolean {
      const end = fill(inner, parts)
      const digested =
        end === undefined ? inPlace(algorithm, inner, parts) : hash(algorithm, new Uint8Array(buffer, 0, end), 'binary')
      outer.latin1Write(digested, block, outer.length - block) // workerd takes a missing length for the buffer's
      expected.ucs2Write(hash(algorithm, outer, text), 0, expected.length)
      if (texts.length !== 1) return isAmong(bytesOf(texts), expected)
      const [one = ''] = texts
      given.ucs2Write(one, 0, given.length)
      return one.length === characters && equalBytes(given, expected)
    },
  }
}

// Shared likewise: a request's list of signatures comes once for each secret, and is written once for all of them.
let listed: readonly string[] = []
let listedBytes: readonly Buffer[] = []

function bytesOf(texts: readonly string[]): readonly Buffer[] {
  if (texts !== listed) {
    listed = texts
    listedBytes = texts.map((text) => Buffer.from(text, 'utf16le'))
  }
  return listedBytes
}

function isAmong(given: readonly Buffer[], expected: Buffer): boolean {
  let matched = false
  for (const one of given) if (equalBytes(one, expected)) matched = true
  return matched
}

/** Puts key block and parts into the scratch buffer; where they end, or undefined where they do not fit. */
function fill(inner: Buffer, parts: readonly Bytes[]): number | undefined {
  // First: parts that do not fit in the end may have gone over the rest of a longer key block.
  if (current !== inner) scratch.set(inner, 0)
  current = inner
  let end = inner.length
  for (const part of parts) {
    // UTF-8 takes up to three bytes for a UTF-16 unit.
    if (end + (typeof part === 'string' ? 3 * part.length : part.length) > scratch.length) return undefined
    if (typeof part === 'string') end += scratch.write(part, end)
    else {
      scratch.set(part, end)
      end += part.length
    }
  }
  return end
}

function inPlace(algorithm: HashName, inner: Buffer, parts: readonly Bytes[]): string {
  const running = startHash(algorithm).update(inner)
  for (const part of parts) running.update(part)
  return running.digest('binary')
}

function paddedKey(algorithm: HashName, key: Uint8Array, pad: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES[algorithm], pad)
  const bytes = key.length > block.length ? digest(algorithm, [key]) : key
  for (let i = 0; i < bytes.length; i++) block[i] = pad ^ (bytes[i] ?? 0)
  return block
}
