import { createHmac } from 'node:crypto'

export const NOW = 1_760_000_000_000

export function mac(algorithm, key, encoding, ...parts) {
  const hmac = createHmac(algorithm, key)
  for (const part of parts) hmac.update(part)
  return hmac.digest(encoding)
}

/** A JSON body such as vendors send: any characters, any spacing. */
export function jsonBody(random, fields = {}) {
  const value = {
    ...fields,
    [random.word(3)]: random.text(20),
    n: random.below(1e6),
    deep: { list: [random.text(5), null, true] },
  }
  return Buffer.from(random.pick([JSON.stringify(value), JSON.stringify(value, undefined, 2)]))
}

export const JSON_TYPE = { 'content-type': 'application/json' }
