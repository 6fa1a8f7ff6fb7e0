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
  if (!isEncoded(text, encoding)) return undefined
  if (encoding === 'hex' || encoding === 'hex-any-case') return Buffer.from(text, 'hex')
  const bytes = Buffer.from(text, encoding)
  return bytes.toString(encoding) === text ? bytes : undefined
}

/** Whether text has the form of an encoding. Stray bits of base64 do not show. */
export function isEncoded(text: string, encoding: Encoding): boolean {
  return FORMS[encoding].test(text)
}
