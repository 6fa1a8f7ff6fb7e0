/** How bytes are written as text. `hex` is lower-case; base64 forms are canonical. */
export type Encoding = 'hex' | 'hex-any-case' | 'base64' | 'base64url'

const FORMS: Readonly<Record<Encoding, RegExp>> = {
  hex: /^(?:[0-9a-f]{2})+$/,
  'hex-any-case': /^(?:[0-9a-fA-F]{2})+$/,
  base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  base64url: /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?$/,
}

/** Decodes canonical text only: no white space, no other alphabet, no stray bits. Undefined for anything else. */
export function decode(text: string, encoding: Encoding): Buffer | undefined {
  const anyCase = encoding === 'hex-any-case'
  const form = anyCase ? 'hex' : encoding
  const bytes = Buffer.from(text, form)
  // Node decodes what it can of anything; only canonical text is written the same way again.
  if (bytes.toString(form) !== (anyCase ? text.toLowerCase() : text)) return undefined
  return bytes.length === 0 && form === 'hex' ? undefined : bytes
}

/** Whether text has the form of an encoding. Stray bits of base64 do not show. */
export function isEncoded(text: string, encoding: Encoding): boolean {
  return FORMS[encoding].test(text)
}
