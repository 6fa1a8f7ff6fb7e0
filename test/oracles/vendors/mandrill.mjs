import { parse } from 'node:querystring'
import validator from 'mandrill-webhook-validator'
import { mac } from './_shared.mjs'

export const id = 'mandrill'
export const verifier = 'mandrill-webhook-validator 0.1.0: makeSignature'
export const options = { secret: 'ntynTMabcdefghijklmnop', publicUrl: 'https://example.com/mandrill?list=1' }
export const signature = 'x-mandrill-signature'

export function judge({ headers, body }, { secret, publicUrl }) {
  return validator.makeSignature(secret, publicUrl, { ...parse(body.toString()) }) === headers[signature]
}

export function make(random, { key = options.secret, url = options.publicUrl, raw = false } = {}) {
  const text = JSON.stringify([
    { event: 'open', ts: random.below(1e9), _id: random.word(), msg: { subject: random.text(20) } },
  ])
  const body = new URLSearchParams({ mandrill_events: text }).toString()
  const signed = raw ? body.slice('mandrill_events='.length) : text
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    [signature]: mac('sha1', key, 'base64', url, 'mandrill_events', signed),
  }
  return { method: 'POST', url: '/mandrill?list=1', headers, body: Buffer.from(body) }
}

export const mutations = {
  'URL: signed with a slash more': (random) => make(random, { url: `${options.publicUrl}/` }),
  'form: signed as it is escaped': (random) => make(random, { raw: true }),
  'form: a field more': (random) => {
    const request = make(random)
    return { ...request, body: Buffer.concat([request.body, Buffer.from('&x=1')]) }
  },
  'key: the one of the trial': (random) => make(random, { key: 'test-webhook' }),
}
export const harmless = ['body: a bit']
export const fixtures = () => true
