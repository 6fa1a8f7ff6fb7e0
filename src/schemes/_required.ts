import type { RequiredHeaders } from '../types.js'
import { namesOf, type SignatureSource, type TimestampSource } from './_signature.js'
import type { Part } from './parts.js'

/** The headers without which a request is hopeless: it is refused before its body is read. */
export function required(
  signature: SignatureSource,
  timestamp: TimestampSource | undefined,
  signed: readonly Part[],
  keyHeader: string | undefined,
): readonly RequiredHeaders[] {
  const groups: RequiredHeaders[] = []
  if (signature.read === undefined) groups.push({ anyOf: namesOf(signature), code: 'ERR_SIGNATURE_MISSING' })
  if (timestamp !== undefined && 'header' in timestamp) {
    groups.push({ anyOf: [timestamp.header], code: 'ERR_TIMESTAMP_MISSING' })
  }
  for (const part of signed) {
    if (typeof part !== 'string' && part.header !== undefined) {
      groups.push({ anyOf: [part.header], code: 'ERR_HEADER_INVALID' })
    }
  }
  if (keyHeader !== undefined) groups.push({ anyOf: [keyHeader], code: 'ERR_KEY_UNTRUSTED' })
  return groups
}
