import { validatorOf, version } from './_nuxt.mjs'
import { JSON_TYPE, jsonBody, mac } from './_shared.mjs'

const validate = await validatorOf('meta', 'isValidMetaWebhook')
export const id = 'meta'
export const verifier = `${version}: isValidMetaWebhook`
export const options = { secret: '0123456789abcdef0123456789abcdef', verifyToken: 'meatyhamhock' }
export const signature = 'x-hub-signature-256'
export const judge = (request, { secret }) => validate(request, { appSecret: secret, verifyToken: 'x' })

export function make(random, { key = options.secret } = {}) {
  const body = jsonBody(random, { object: 'page', entry: [] })
  return {
    method: 'POST',
    url: '/hooks',
    headers: { ...JSON_TYPE, [signature]: `sha256=${mac('sha256', key, 'hex', body)}` },
    body,
  }
}

const over = (change) => (random) => {
  const { headers, ...request } = make(random)
  return { ...request, headers: { ...headers, [signature]: change(headers[signature]) } }
}
export const mutations = {
  'signature: another equals sign after it': over((value) => `${value}=x`),
  'signature: called sha1': over((value) => value.replace('sha256', 'sha1')),
  'signature: without its name': over((value) => value.slice(7)),
}
export const differences = { 'signature: another equals sign after it': ['theirs', 'text after the signature'] }
export const fixtures = () => true
