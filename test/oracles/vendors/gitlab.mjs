import { Webhook } from 'standardwebhooks'
import { JSON_TYPE, jsonBody, mac, NOW } from './_shared.mjs'

export const id = 'gitlab'
export const verifier = 'standardwebhooks 1.1.1: Webhook.verify'
const own = Buffer.alloc(32, 7)
export const options = { secret: `whsec_${own.toString('base64')}` }
export const signature = 'webhook-signature'
export const timestamp = 300_000

export function judge({ headers, body }, { secret }) {
  new Webhook(secret).verify(body, headers)
  return true
}

export function make(random, { key, time = 0, name = random.word(), text = String((NOW + time) / 1000) } = {}) {
  const body = jsonBody(random, { object_kind: 'push' })
  const secret = key === undefined ? own : Buffer.from(key)
  const value = `v1,${mac('sha256', secret, 'base64', `${name}.${Number.parseInt(text, 10)}.`, body)}`
  const list = random.pick([value, `v1,${mac('sha256', 'old', 'base64', 'x')} ${value}`, `v1a,x ${value}`])
  return {
    method: 'POST',
    url: '/hooks',
    headers: { ...JSON_TYPE, 'webhook-id': name, 'webhook-timestamp': text, [signature]: list },
    body,
  }
}

const over = (change) => (random) => {
  const { headers, ...request } = make(random)
  return { ...request, headers: { ...headers, ...change(headers) } }
}
export const mutations = {
  'id: another one': over(() => ({ 'webhook-id': 'other' })),
  'id: with a dot, signed': (random) => make(random, { name: `a.${random.word(4)}` }),
  'time: another one': over(() => ({ 'webhook-timestamp': String(NOW / 1000 + 1) })),
  'time: letters after it': over(() => ({ 'webhook-timestamp': `${NOW / 1000}abc` })),
  'signature: another version': over((headers) => ({ [signature]: headers[signature].replaceAll('v1,', 'v2,') })),
}
export const differences = {
  'id: with a dot, signed': ['theirs', 'an id with a dot'],
  'time: letters after it': ['theirs', 'a time with letters after it'],
  'signature: a space before': ['theirs', 'an empty entry in the list of signatures'],
}
/** A bit of another entry of the list. */
export const harmless = ['signature: a bit']
export const fixtures = () => true
