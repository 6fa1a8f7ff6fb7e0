import { validatorOf, version } from './_nuxt.mjs'
import { JSON_TYPE, jsonBody, mac } from './_shared.mjs'

const validate = await validatorOf('bitbucket', 'isValidBitbucketWebhook')
export const id = 'bitbucket'
export const verifier = `${version}: isValidBitbucketWebhook`
export const options = { secret: 'b1tbucket-secret-of-this-webhook' }
export const signature = 'x-hub-signature'
export const judge = (request, { secret }) => validate(request, { secretKey: secret })

export function make(random, { key = options.secret } = {}) {
  const body = jsonBody(random, { push: {} })
  const headers = {
    ...JSON_TYPE,
    'x-event-key': 'repo:push',
    'x-request-uuid': random.word(),
    [signature]: `sha256=${mac('sha256', key, 'hex', body)}`,
  }
  return { method: 'POST', url: '/hooks', headers, body }
}

export const mutations = {
  'signature: sha1': (random) => {
    const { headers, body, ...request } = make(random)
    return {
      ...request,
      body,
      headers: { ...headers, [signature]: `sha1=${mac('sha1', options.secret, 'hex', body)}` },
    }
  },
}
export const fixtures = () => true
