import { generateKeyPairSync, randomBytes } from 'node:crypto'

const pem = (key, type) => key.export({ type, format: 'pem' })

/** What a vendor's account has: secrets that both ends know, and key pairs of which the receiver knows one half. */
export function makeKeys() {
  const ed25519 = generateKeyPairSync('ed25519')
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const shared = {
    text: randomBytes(20).toString('hex'),
    whsec: `whsec_${randomBytes(32).toString('base64')}`,
  }
  return {
    receiver: {
      ...shared,
      ed25519: ed25519.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex'),
      rsa: pem(rsa.publicKey, 'spki'),
    },
    sender: { ...shared, ed25519: pem(ed25519.privateKey, 'pkcs8'), rsa: pem(rsa.privateKey, 'pkcs8') },
  }
}
