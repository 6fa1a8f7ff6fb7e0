import { Signature } from '@hubspot/api-client'
import { JSON_TYPE, jsonBody, mac, NOW } from './_shared.mjs'

export const id = 'hubspot'
export const verifier = '@hubspot/api-client 13.5.0: Signature.isValid'
export const options = { secret: '81ee2ea7-5fd9-46b8-bb4d-8a8c9f3c4fd4', publicUrl: 'https://www.example.com' }
export const signature = 'x-hubspot-signature-v3'
export const timestamp = 300_000

export function judge({ method, url, headers, body }, { secret, publicUrl, version = 'v3' }) {
  return Signature.isValid({
    signature: headers[version === 'v3' ? signature : 'x-hubspot-signature'],
    signatureVersion: version,
    clientSecret: secret,
    requestBody: body.toString(),
    url: /^https?:\/\/[^/]+$/.test(publicUrl) ? publicUrl + url : publicUrl,
    method,
    timestamp: headers['x-hubspot-request-timestamp'],
  })
}

export function make(
  random,
  { key = options.secret, time = 0, url = undefined, signedUrl = undefined, text = String(NOW + time) } = {},
) {
  const body = jsonBody(random)
  const path = url ?? random.pick(['/hooks', '/hooks?a=1', '/hooks?a=%20b%26c'])
  const value = mac('sha256', key, 'base64', 'POST', options.publicUrl, signedUrl ?? path, body, text)
  return {
    method: 'POST',
    url: path,
    headers: { ...JSON_TYPE, [signature]: value, 'x-hubspot-request-timestamp': text },
    body,
  }
}

const over = (change) => (random) => ({ ...make(random), ...change })
export const mutations = {
  'method: another one': over({ method: 'GET' }),
  'URL: another path': over({ url: '/other' }),
  'URL: signed with its escapes decoded': (random) =>
    make(random, { url: '/hooks?a=b%2Fc%3Ad', signedUrl: '/hooks?a=b/c:d' }),
  'URL: signed with its escapes': (random) => make(random, { url: '/hooks?a=b%2Fc%3Ad' }),
  'time: a fraction, signed': (random) => make(random, { text: `${NOW}.5` }),
  'time: another one': (random) => {
    const request = make(random)
    return { ...request, headers: { ...request.headers, 'x-hubspot-request-timestamp': String(NOW + 1) } }
  },
}
export const differences = {
  'time: too new, signed': ['theirs', 'a time that lies more than 5 minutes ahead'],
  'time: a fraction, signed': ['theirs', 'a time that is not a whole number'],
  'URL: signed with its escapes decoded': ['ours', 'a URL with escapes that the docs say to decode'],
}
export const harmless = ['URL: signed with its escapes']
export const fixtures = ({ name }) => !name.includes('two events')
