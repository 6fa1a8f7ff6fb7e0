import { ConfigError } from '../errors.js'
import { type PublicKey, publicKeyFrom } from '../lib/crypto.js'

/** Asks about each key once: Node 24 works its details out at every question, which takes a third of a microsecond. */
export function oncePerKey(fits: (key: PublicKey) => boolean): (key: PublicKey) => boolean {
  const known = new WeakMap<PublicKey, boolean>()
  return (key) => {
    let answer = known.get(key)
    if (answer === undefined) {
      answer = fits(key)
      known.set(key, answer)
    }
    return answer
  }
}

/** A pinned key in PEM. Throws ConfigError ERR_SECRET_INVALID. */
export function pinnedKey(pem: Uint8Array, fits: (key: PublicKey) => boolean, needs: string): PublicKey {
  const text = Buffer.from(pem).toString('latin1')
  let key: PublicKey | undefined
  try {
    // Node would take the public half of a private key: whoever passes one has mixed them up.
    key = text.includes('PRIVATE KEY') ? undefined : publicKeyFrom(text)
  } catch {
    key = undefined
  }
  if (key !== undefined && fits(key)) return key
  throw new ConfigError('ERR_SECRET_INVALID', { message: `publicKey must be ${needs}, in PEM` })
}
