import { createHmac, createPublicKey } from 'node:crypto'
import jsonwebtoken from 'jsonwebtoken'
import { keyPair } from './_openssl.mjs'
import { JSON_TYPE, NOW } from './_shared.mjs'

const [pair, stranger] = [keyPair('directory'), keyPair('stranger')]
const tenantId = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const issuer = [`https://login.microsoftonline.com/${tenantId}/v2.0`, `https://sts.windows.net/${tenantId}/`]
const audience = 'api://ours'
const appId = '4962773b-9cdb-44cf-a8bf-237846a00ab7'
const role = 'AzureEventGridSecureWebhookSubscriber'
const jwks = { keys: [{ ...createPublicKey(pair.publicKey).export({ format: 'jwk' }), kid: 'k1', use: 'sig' }] }

export const id = 'azure-event-grid'
export const verifier = 'jsonwebtoken 9.0.3: verify, and the claims that Microsoft documents'
export const options = { entra: { tenantId, audience, fetch: async () => Response.json(jwks) } }
const now = NOW / 1000

export function judge({ headers, body }) {
  const token = /^bearer (.*)$/i.exec(headers.authorization ?? '')?.[1]
  JSON.parse(body)
  const rules = { algorithms: ['RS256'], issuer, audience, clockTimestamp: now, clockTolerance: 300 }
  const { azp, appid, roles } = jsonwebtoken.verify(token, pair.publicKey, rules)
  return [azp, appid].includes(appId) && [roles].flat().includes(role)
}

const header = { alg: 'RS256', typ: 'JWT', kid: 'k1' }
const request = (token) => ({
  method: 'POST',
  url: '/hooks',
  headers: { ...JSON_TYPE, authorization: `Bearer ${token}` },
  body: Buffer.from('[]'),
})
const claimsOf = (random) => ({
  ...random.pick([
    { azp: appId, ver: '2.0' },
    { appid: appId, ver: '1.0' },
  ]),
  iss: random.pick(issuer),
  aud: random.pick([audience, ['x', audience]]),
  roles: random.pick([[role], ['x', role]]),
  nbf: now - 100,
  exp: now + 3600,
  uti: random.word(),
})

export function make(random, { key, claims = {}, algorithm = 'RS256', edit = (token) => token } = {}) {
  const { privateKey } = key === undefined ? pair : stranger
  const given = { ...claimsOf(random), ...claims }
  for (const name of Object.keys(given)) if (given[name] === undefined) delete given[name]
  return request(
    edit(jsonwebtoken.sign(given, privateKey, { algorithm, header: { ...header, alg: algorithm }, noTimestamp: true })),
  )
}

const claims = (values) => (random) => make(random, { claims: values })
const edited = (edit) => (random) => make(random, { edit: (token) => edit(token.split('.'), random).join('.') })
const bits = (text, random) => {
  const bytes = Buffer.from(text, 'base64url')
  bytes[random.below(bytes.length)] ^= 1 << random.below(8)
  return bytes.toString('base64url')
}
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
export const mutations = {
  'token: a bit of its header': edited(([head, body, end], random) => [bits(head, random), body, end]),
  'token: a bit of its claims': edited(([head, body, end], random) => [head, bits(body, random), end]),
  'token: a bit of its signature': edited(([head, body, end], random) => [head, body, bits(end, random)]),
  'token: a signature that is written otherwise': edited(([head, body, end]) => [head, body, `${end}==`]),
  'token: no signature': edited(([, body]) => [encode({ alg: 'none' }), body, '']),
  'token: of another one': (random) => {
    const [head, body] = make(random).headers.authorization.slice(7).split('.')
    return request([head, body, make(random).headers.authorization.split('.')[2]].join('.'))
  },
  'token: signed with the public key as a secret': (random) => {
    const text = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(claimsOf(random))}`
    return request(`${text}.${createHmac('sha256', pair.publicKey).update(text).digest('base64url')}`)
  },
  'token: another algorithm': (random) => make(random, { algorithm: 'RS512' }),
  'claims: another directory': claims({ iss: issuer[0].replace('72f9', '72f8') }),
  'claims: another application': claims({ aud: 'api://theirs' }),
  'claims: another service': claims({ azp: tenantId, appid: undefined }),
  'claims: another role': claims({ roles: ['Reader'] }),
  'claims: no role': claims({ roles: undefined }),
  'claims: no end': claims({ exp: undefined }),
  'claims: expired': claims({ exp: now - 302 }),
  'claims: not yet valid': claims({ nbf: now + 302 }),
}
export const differences = { 'claims: no end': ['theirs', 'a token without an end'] }
export const harmless = ['body: a newline more']
