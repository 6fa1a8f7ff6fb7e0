import { isUtf8 } from './crypto.js'

export { equalBytes, equalText } from './crypto.js'

/** Bytes without a copy; text as UTF-8. */
export function toBytes(value: Uint8Array | string): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : value
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 text, or undefined where the bytes are not UTF-8. A byte order mark stays. */
export function utf8(bytes: Uint8Array): string | undefined {
  if (isUtf8 !== undefined) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
    // What is broken is decoded as U+FFFD; where that may stand there honestly, the bytes are asked.
    return text.includes('\ufffd') && !isUtf8(bytes) ? undefined : text
  }
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
