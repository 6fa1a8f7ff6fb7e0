import { createHash } from 'node:crypto'
import { parse } from 'node:querystring'
import twilio from 'twilio'
import { jsonBody, mac } from './_shared.mjs'

export const id = 'twilio'
export const verifier = 'twilio 6.2.0: validateRequest, validateRequestWithBody'
export const options = { secret: '0123456789abcdef0123456789abcdef', publicUrl: 'https://hooks.example.com' }
export const signature = 'x-twilio-signature'
const FORM = 'application/x-www-form-urlencoded'

export function judge({ url, headers, body }, { secret, publicUrl }) {
  const full = new URL(publicUrl).pathname === '/' && !publicUrl.endsWith('/') ? publicUrl + url : publicUrl
  const given = headers[signature]
  if (full.includes('bodySHA256')) return twilio.validateRequestWithBody(secret, given, full, body.toString())
  return twilio.validateRequest(secret, given, full, { ...parse(body.toString()) })
}

function text(fields) {
  return [...fields.entries()]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
}

/** Signed by the vendor's own function over the URL as it is or with its port. */
function signed(url, params, key) {
  return twilio.getExpectedTwilioSignature(key, url, params)
}

export function make(random, { key = options.secret } = {}) {
  const query = random.pick(['', `?a=${random.word(3)}`, "?q=it's+fine", `?x=%20${random.word(2)}&y=`])
  const kind = random.pick(['form', 'form', 'form', 'get', 'json'])
  const host = random.pick([options.publicUrl, `${options.publicUrl}:443`])
  if (kind === 'json') {
    const body = jsonBody(random)
    const url = `/hooks${query}${query === '' ? '?' : '&'}bodySHA256=${createHash('sha256').update(body).digest('hex')}`
    return {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', [signature]: signed(host + url, {}, key) },
      body,
    }
  }
  const url = `/hooks${query}`
  if (kind === 'get')
    return { method: 'GET', url, headers: { [signature]: signed(host + url, {}, key) }, body: Buffer.alloc(0) }
  const fields = new URLSearchParams([['CallSid', random.word(8)]])
  for (let i = random.below(4); i >= 0; i--)
    fields.append(random.pick(['Body', 'From', 'Media', 'é', 'a.b']), random.text(10))
  const body = random.pick([text(fields), fields.toString()])
  return {
    method: 'POST',
    url,
    headers: { 'content-type': FORM, [signature]: signed(host + url, { ...parse(body) }, key) },
    body: Buffer.from(body),
  }
}

const form = (random) => {
  for (;;) {
    const request = make(random)
    if (request.headers['content-type'] === FORM) return request
  }
}
export const mutations = {
  'form: a field more': (random) => {
    const request = form(random)
    return { ...request, body: Buffer.concat([request.body, Buffer.from('&Admin=1')]) }
  },
  'form: fields in another order': (random) => {
    const request = form(random)
    return { ...request, body: Buffer.from(request.body.toString().split('&').reverse().join('&')) }
  },
  'form: broken escapes, signed': (random) => {
    const body = `Body=%zz${random.word(3)}`
    const value = mac('sha1', options.secret, 'base64', `${options.publicUrl}/hooks`, 'Body', body.slice(5))
    return {
      method: 'POST',
      url: '/hooks',
      headers: { 'content-type': FORM, [signature]: value },
      body: Buffer.from(body),
    }
  },
  'URL: a parameter more': (random) => {
    const request = make(random)
    return { ...request, url: `${request.url}${request.url.includes('?') ? '&' : '?'}admin=1` }
  },
  'URL: another path': (random) => ({ ...make(random), url: `/${random.word(5)}` }),
}
export const differences = { 'form: broken escapes, signed': ['theirs', 'a form with broken escapes'] }
export const harmless = ['form: fields in another order', 'body: a bit']
export const fixtures = () => true
