// Speed costs clarity here, as it does in mac.ts. Before Node 24 the runtime decodes letter by letter what is not ASCII throughout: 31 µs for
// 30 KB, and 12 through UTF-16, so that verifying and parsing takes 0.85 of the time. Node 24 needs 6 by itself.
import { isAscii, transcode } from './crypto.js'

/** Text of bytes that are known to be UTF-8. */
export const decode: (bytes: Buffer) => string = isLetterByLetter() ? decodeThroughUtf16 : decodeAtOnce

function decodeAtOnce(bytes: Buffer): string {
  return bytes.toString()
}

export function decodeThroughUtf16(bytes: Buffer): string {
  if (isAscii === undefined || transcode === undefined || !isWorthIt(bytes.length)) return bytes.toString()
  return isAscii(bytes) ? bytes.toString('latin1') : transcode(bytes, 'utf8', 'utf16le').toString('utf16le')
}

/** Below 4 KB the way costs more than it saves; between 48 KB and 1 MB, where V8 asks for new memory for each text, just as much. */
function isWorthIt(length: number): boolean {
  return (length >= 4096 && length < 49_152) || length >= 1_048_576
}

/** Node itself, and not what takes its name: only Node tells the version of its decoder. */
function isLetterByLetter(): boolean {
  const { node = '', simdutf, bun } = globalThis.process?.versions ?? {}
  return simdutf !== undefined && bun === undefined && Number.parseInt(node, 10) < 24
}
