import Stripe from 'stripe'
import { JSON_TYPE, jsonBody, mac, NOW } from './_shared.mjs'

const { webhooks } = new Stripe('a key that signs nothing')
export const id = 'stripe'
export const verifier = 'stripe 23.1.0: webhooks.signature.verifyHeader'
export const total = 10_000
export const options = { secret: 'whsec_of_this_endpoint' }
export const signature = 'stripe-signature'
export const timestamp = 300_000
export const judge = ({ headers, body }, { secret }) =>
  webhooks.signature.verifyHeader(body, headers[signature], secret, 300)

const seconds = NOW / 1000
const hex = (body, text = seconds, key = options.secret) => mac('sha256', key, 'hex', `${text}.`, body)

export function make(random, { key = options.secret, time = 0 } = {}) {
  const object = random.pick(['event', 'v2.core.event'])
  const body = jsonBody(random, { id: `evt_${random.word()}`, object, type: 'invoice.paid' })
  const at = Math.trunc((NOW + time) / 1000)
  const header = webhooks.generateTestHeaderString({ payload: body.toString(), secret: key, timestamp: at })
  const value = random.pick([header, `${header},v0=${mac('sha256', 'x', 'hex', 'y')}`, `${header},v1=potato`])
  return { method: 'POST', url: '/hooks', headers: { ...JSON_TYPE, [signature]: value }, body }
}

const signed = (change) => (random) => {
  const request = make(random)
  return { ...request, headers: { ...request.headers, [signature]: change(request.body, request.headers[signature]) } }
}
export const mutations = {
  'signature: only v0': signed((body) => `t=${seconds},v0=${hex(body)}`),
  'signature: twenty, of which the last is right': signed(
    (body) => `t=${seconds},${`v1=${hex(body, 1)},`.repeat(19)}v1=${hex(body)}`,
  ),
  'signature: over the body alone': signed((body) => `t=${seconds},v1=${mac('sha256', options.secret, 'hex', body)}`),
  'signature: by the decoded secret': signed(
    (body) => `t=${seconds},v1=${hex(body, seconds, Buffer.from(options.secret.slice(6), 'base64'))}`,
  ),
  'time: another one': signed((_, header) => header.replace(/t=\d+/, `t=${seconds - 1}`)),
  'time: missing': signed((_, header) => header.replace(/t=\d+,/, '')),
  'time: letters after it': signed((body) => `t=${seconds}abc,v1=${hex(body)}`),
  'time: a fraction': signed((body) => `t=${seconds}.5,v1=${hex(body)}`),
  'time: a plus before it': signed((body) => `t=+${seconds},v1=${hex(body)}`),
  'time: two of them, the second one signed': signed((body) => `t=1,t=${seconds},v1=${hex(body)}`),
  'a space after the comma': signed((body) => `t=${seconds}, v1=${hex(body)}`),
}
export const differences = {
  'signature: twenty, of which the last is right': ['theirs', 'more than 16 signatures'],
  'time: letters after it': ['theirs', 'a time with letters, a fraction or a sign'],
  'time: a fraction': ['theirs', 'a time with letters, a fraction or a sign'],
  'time: a plus before it': ['theirs', 'a time with letters, a fraction or a sign'],
  'time: two of them, the second one signed': ['theirs', 'two times in one header'],
  'time: too new, signed': ['theirs', 'a time that lies more than 5 minutes ahead'],
}
/** Flips and cuts of an entry that does not count. */
export const harmless = ['signature: a bit', 'signature: cut', 'signature: a character more']
export const fixtures = () => true
