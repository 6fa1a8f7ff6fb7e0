import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { verifyKey } from 'discord-interactions'
import { JSON_TYPE, jsonBody, NOW } from './_shared.mjs'

export const id = 'discord'
export const verifier = 'discord-interactions 4.4.0: verifyKey'
const keyOf = (seed) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  })
const own = keyOf(Buffer.alloc(32, 7))
export const options = {
  publicKey: createPublicKey(own).export({ format: 'der', type: 'spki' }).subarray(12).toString('hex'),
}
export const signature = 'x-signature-ed25519'
export const timestamp = 900_000

export function judge({ headers, body }, { publicKey }) {
  return verifyKey(body, headers[signature], headers['x-signature-timestamp'], publicKey)
}

export function make(random, { key, time = 0, text = String((NOW + time) / 1000) } = {}) {
  const body = jsonBody(random, { id: '1', type: 2 })
  const signer = key === undefined ? own : keyOf(Buffer.from(key.padEnd(32).slice(0, 32)))
  const value = sign(null, Buffer.concat([Buffer.from(text), body]), signer).toString('hex')
  return {
    method: 'POST',
    url: '/hooks',
    headers: { ...JSON_TYPE, [signature]: value, 'x-signature-timestamp': text },
    body,
  }
}

export const mutations = {
  'time: a fraction, signed': (random) => make(random, { text: `${NOW / 1000}.5` }),
  'time: another one': (random) => {
    const request = make(random)
    return { ...request, headers: { ...request.headers, 'x-signature-timestamp': String(NOW / 1000 + 1) } }
  },
}
export const differences = {
  'time: too old, signed': ['theirs', 'a time that is more than 15 minutes old'],
  'time: too new, signed': ['theirs', 'a time that lies more than 15 minutes ahead'],
  'time: a fraction, signed': ['theirs', 'a time that is not a whole number'],
  'signature: in capitals': ['theirs', 'a signature in capitals'],
  'signature: a bit': ['theirs', 'a letter that is no hex digit in place of a zero'],
}
export const fixtures = () => true
