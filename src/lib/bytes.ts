import { nodeText } from './crypto.js'

export { equalBytes, equalText } from './crypto.js'

/** Bytes without a copy; text as UTF-8. */
export function toBytes(value: Uint8Array | string): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : value
}

const LONG_BYTES = 4096
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 text, or undefined where the bytes are not UTF-8. A byte order mark stays. */
export function utf8(bytes: Uint8Array): string | undefined {
  // Beyond ASCII a decoder takes as long as JSON.parse; by way of UTF-16 it is half of that at 10 KB and at 1 MB.
  if (nodeText !== undefined && bytes.length >= LONG_BYTES) {
    if (nodeText.isAscii(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    return nodeText.isUtf8(bytes) ? nodeText.transcode(bytes, 'utf8', 'utf16le').toString('utf16le') : undefined
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
