import { crc32 } from 'node:zlib'
import { fileOf, keyPair, sign, verified } from './_openssl.mjs'
import { JSON_TYPE, jsonBody, NOW } from './_shared.mjs'

const [pair, stranger] = [
  keyPair('messageverificationcerts.paypal.com'),
  keyPair('messageverificationcerts.paypal.com'),
]
export const id = 'paypal'
export const verifier = 'openssl dgst, with the CRC-32 of zlib (PayPal has no package for it)'
export const options = { webhookId: '4JH86294D6297924G', publicKey: pair.publicKey }
export const signature = 'paypal-transmission-sig'

const input = ({ headers, body }, webhookId) =>
  [headers['paypal-transmission-id'], headers['paypal-transmission-time'], webhookId, crc32(body)].join('|')

export function judge(request, { webhookId, publicKey }) {
  const { headers } = request
  if (headers['paypal-auth-algo'] !== 'SHA256withRSA') return false
  const file = publicKey === pair.publicKey ? pair.publicFile : fileOf(publicKey)
  JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.body))
  return verified('sha256', file, input(request, webhookId), headers[signature] ?? '')
}

export function make(random, { key, webhookId = options.webhookId } = {}) {
  const headers = {
    ...JSON_TYPE,
    'paypal-auth-algo': 'SHA256withRSA',
    'paypal-cert-url': 'https://api.paypal.com/v1/notifications/certs/CERT-1',
    'paypal-transmission-id': random.word(36),
    'paypal-transmission-time': new Date(NOW - random.below(1e9)).toISOString().replace(/\.\d+/, ''),
  }
  const request = {
    method: 'POST',
    url: '/hooks',
    headers,
    body: jsonBody(random, { id: `WH-${random.word()}`, event_type: 'X.Y' }),
  }
  headers[signature] = sign('sha256', key === undefined ? pair : stranger, input(request, webhookId))
  return request
}

const header = (name, value) => (random) => {
  const request = make(random)
  return { ...request, headers: { ...request.headers, [name]: value(request.headers[name], random) } }
}
export const mutations = {
  'webhook: of another merchant': (random) => make(random, { webhookId: '5WC64761VS637831A' }),
  'algorithm: another one': header('paypal-auth-algo', () => 'SHA1withRSA'),
  'transmission: another id': header('paypal-transmission-id', (_, random) => random.word(36)),
  'transmission: another time': header('paypal-transmission-time', () => '2025-10-09T08:53:21Z'),
  'transmission: id and time run together': (random) => {
    const request = make(random)
    const { 'paypal-transmission-id': first, 'paypal-transmission-time': time, ...headers } = request.headers
    return {
      ...request,
      headers: { ...headers, 'paypal-transmission-id': `${first}|${time}`, 'paypal-transmission-time': time },
    }
  },
}
export const fixtures = () => true
