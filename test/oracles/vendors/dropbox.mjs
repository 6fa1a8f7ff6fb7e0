import { validatorOf, version } from './_nuxt.mjs'
import { JSON_TYPE, jsonBody, mac } from './_shared.mjs'

const validate = await validatorOf('dropbox', 'isValidDropboxWebhook')
export const id = 'dropbox'
export const verifier = `${version}: isValidDropboxWebhook`
export const options = { secret: 'z1y2x3w4v5u6t7s' }
export const signature = 'x-dropbox-signature'
export const judge = (request, { secret }) => validate(request, { appSecret: secret })

export function make(random, { key = options.secret } = {}) {
  const body = jsonBody(random)
  return {
    method: 'POST',
    url: '/hooks',
    headers: { ...JSON_TYPE, [signature]: mac('sha256', key, 'hex', body) },
    body,
  }
}
export const fixtures = () => true
