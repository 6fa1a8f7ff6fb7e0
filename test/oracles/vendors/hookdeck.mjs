import { verifyWebhookSignature } from '@hookdeck/sdk/webhooks/helpers.js'
import { JSON_TYPE, jsonBody, mac } from './_shared.mjs'

export const id = 'hookdeck'
export const verifier = '@hookdeck/sdk 0.4.0: verifyWebhookSignature'
export const options = { secret: 'a9f0d3c1b2e4857669584a3b2c1d0e9f' }
export const signature = 'x-hookdeck-signature'

export async function judge({ headers, body }, { secret }) {
  return (await verifyWebhookSignature({ headers, rawBody: body.toString(), signingSecret: secret })).isValidSignature
}

export function make(random, { key = options.secret } = {}) {
  const body = jsonBody(random)
  const value = mac('sha256', key, 'base64', body)
  const second = random.pick([{}, { 'x-hookdeck-signature-2': mac('sha256', random.word(), 'base64', body) }])
  return {
    method: 'POST',
    url: '/hooks',
    headers: { ...JSON_TYPE, 'x-hookdeck-eventid': random.word(), [signature]: value, ...second },
    body,
  }
}

export const mutations = {
  'signature: in the second header alone': (random) => {
    const { headers, ...request } = make(random)
    return { ...request, headers: { ...JSON_TYPE, 'x-hookdeck-signature-2': headers[signature] } }
  },
  'signature: in the second header, another one in the first': (random) => {
    const { headers, ...request } = make(random)
    const other = mac('sha256', 'other', 'base64', 'x')
    return { ...request, headers: { ...headers, [signature]: other, 'x-hookdeck-signature-2': headers[signature] } }
  },
}
export const differences = {
  'signature: in the second header alone': ['ours', 'a good signature in the second header alone'],
}
export const harmless = ['signature: in the second header, another one in the first']
export const fixtures = ({ origin }) => origin === 'vendor SDK'
