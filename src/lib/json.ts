import { RequestError } from '../errors.js'
import { asBuffer, utf8 } from './bytes.js'

/** Text beyond ASCII takes two bytes a character or more: a long one is faster searched as the bytes that it came from. */
const LONG_BYTES = 32_768

/** Parses bytes as JSON. Throws RequestError ERR_BODY_INVALID for invalid UTF-8, a byte order mark, bad JSON and `__proto__` keys. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = utf8(bytes)
  if (text === undefined) throw new RequestError('ERR_BODY_INVALID', { detail: 'not UTF-8' })
  return parsed(text, bytes.length < LONG_BYTES ? text : asBuffer(bytes))
}

/** The same for text that is known to be well-formed. */
export function parseJsonText(text: string): unknown {
  return parsed(text, text)
}

function parsed(text: string, source: Pick<string | Buffer, 'includes'>): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The cause is left out: its message quotes the body.
    throw new RequestError('ERR_BODY_INVALID', { detail: 'not JSON' })
  }
  // Any letter may be escaped, so every \u00 asks for a look at the keys.
  if ((source.includes('__proto__') || source.includes('\\u00')) && hasProtoKey(value)) {
    throw new RequestError('ERR_BODY_INVALID', { detail: 'a key named __proto__' })
  }
  return value
}

// A stack of its own: genuine senders may nest deeper than the call stack.
function hasProtoKey(value: unknown): boolean {
  const stack = [value]
  while (stack.length > 0) {
    const item = stack.pop()
    if (typeof item !== 'object' || item === null) continue
    if (Object.hasOwn(item, '__proto__')) return true
    for (const child of Object.values(item)) if (typeof child === 'object') stack.push(child)
  }
  return false
}
