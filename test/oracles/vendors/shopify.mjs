import '@shopify/shopify-api/adapters/node'
import { ApiVersion, shopifyApi } from '@shopify/shopify-api'
import { JSON_TYPE, jsonBody, mac } from './_shared.mjs'

export const id = 'shopify'
export const verifier = '@shopify/shopify-api 13.1.0: webhooks.validate'
export const options = { secret: 'shpss_0123456789abcdef0123456789abcdef' }
export const signature = 'x-shopify-hmac-sha256'

const apis = new Map()
function apiOf(secret) {
  if (!apis.has(secret)) {
    const logger = { log: () => undefined }
    apis.set(
      secret,
      shopifyApi({
        apiKey: 'k',
        apiSecretKey: secret,
        hostName: 'example.com',
        apiVersion: ApiVersion.July25 ?? Object.values(ApiVersion)[0],
        isEmbeddedApp: true,
        logger,
      }),
    )
  }
  return apis.get(secret)
}

export async function judge({ method, url, headers, body }, { secret }) {
  const rawRequest = { method, url, headers }
  return (await apiOf(secret).webhooks.validate({ rawBody: body.toString(), rawRequest, rawResponse: {} })).valid
}

function family(prefix, body, key, random) {
  return {
    [`${prefix}hmac-sha256`]: mac('sha256', key, 'base64', body),
    [`${prefix}topic`]: 'orders/create',
    [`${prefix}shop-domain`]: 'hookproof.myshopify.com',
    [`${prefix}api-version`]: '2026-10',
    [`${prefix}webhook-id`]: random.word(),
    [`${prefix}event-id`]: random.word(),
  }
}

export function make(random, { key = options.secret } = {}) {
  const body = jsonBody(random)
  return { method: 'POST', url: '/hooks', headers: { ...JSON_TYPE, ...family('x-shopify-', body, key, random) }, body }
}

const without = (name) => (random) => {
  const { headers, ...request } = make(random)
  const { [name]: _, ...rest } = headers
  return { ...request, headers: rest }
}
export const mutations = {
  'headers: those without a prefix too': (random) => {
    const { headers, body, ...request } = make(random)
    return { ...request, body, headers: { ...headers, ...family('shopify-', body, options.secret, random) } }
  },
  'headers: a wrong signature without a prefix too': (random) => {
    const { headers, body, ...request } = make(random)
    return { ...request, body, headers: { ...headers, ...family('shopify-', body, 'other', random) } }
  },
  'headers: no version of the API': without('x-shopify-api-version'),
  'headers: no shop': without('x-shopify-shop-domain'),
}
export const differences = {
  'headers: no version of the API': ['ours', 'no version of the API in the headers'],
  'headers: no shop': ['ours', 'no shop in the headers'],
}
export const harmless = ['headers: those without a prefix too']
export const fixtures = ({ headers }) =>
  headers['x-shopify-api-version'] !== undefined || headers['shopify-api-version'] !== undefined
