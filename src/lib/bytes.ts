import { isUtf8 } from './crypto.js'
import { decode } from './decode.js'

export { equalBytes, equalText } from './crypto.js'

/** The same bytes with the methods of a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 text, or undefined where the bytes are not UTF-8. A byte order mark stays. */
export function utf8(bytes: Uint8Array): string | undefined {
  if (isUtf8 !== undefined) return isUtf8(bytes) ? decode(asBuffer(bytes)) : undefined
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u

/** Whether text can be written as UTF-8 without loss. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text)
}
