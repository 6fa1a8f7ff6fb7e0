import { sign, verify } from '@octokit/webhooks-methods'
import { JSON_TYPE, jsonBody, mac } from './_shared.mjs'

export const id = 'github'
export const verifier = '@octokit/webhooks-methods 6.0.0: verify'
export const total = 10_000
export const options = { secret: "It's a Secret to Everybody" }
export const signature = 'x-hub-signature-256'
export const judge = ({ headers, body }, { secret }) => verify(secret, body.toString(), headers[signature])

/** Signed by the vendor's package ahead of time: it takes its time, and `make` may not. */
const ready = new Map()
for (let i = 0; i < 500; i++) {
  const text = `{"zen":"Speak like a human.","hook_id":${i}}`
  ready.set(text, await sign(options.secret, text))
}

export function make(random, { key = options.secret } = {}) {
  const headers = { ...JSON_TYPE, 'x-github-event': 'issues', 'x-github-delivery': random.word(36) }
  if (key === options.secret && random.below(10) === 0) {
    const [text, value] = random.pick([...ready])
    return { method: 'POST', url: '/hooks', headers: { ...headers, [signature]: value }, body: Buffer.from(text) }
  }
  const json = jsonBody(random, { action: 'opened' })
  const body = random.below(4) === 0 ? Buffer.from(`payload=${encodeURIComponent(json.toString())}`) : json
  const value = `sha256=${mac('sha256', key, 'hex', body)}`
  return { method: 'POST', url: '/hooks', headers: { ...headers, [signature]: value }, body }
}

const over = (change) => (random) => {
  const { headers, ...request } = make(random)
  return { ...request, headers: { ...headers, ...change(headers, request) } }
}
export const mutations = {
  'signature: SHA-1, as in the old header': over((_, { body }) => ({
    [signature]: `sha1=${mac('sha1', options.secret, 'hex', body)}`,
  })),
  'signature: SHA-1 called SHA-256': over((_, { body }) => ({
    [signature]: `sha256=${mac('sha1', options.secret, 'hex', body)}`,
  })),
  'signature: without its name': over((headers) => ({ [signature]: headers[signature].slice(7) })),
  'signature: in base64': over((_, { body }) => ({
    [signature]: `sha256=${mac('sha256', options.secret, 'base64', body)}`,
  })),
  'signature: twice': over((headers) => ({ [signature]: `${headers[signature]},${headers[signature]}` })),
  'id: another one': over(() => ({ 'x-github-delivery': 'a-fresh-id' })),
  'type: another one': over(() => ({ 'x-github-event': 'push' })),
}
/** GitHub signs neither: see the replay guard and the check of the body. */
export const harmless = ['id: another one', 'type: another one']
/** Bodies without a signature are no question for it. */
export const fixtures = (request) => request.headers[signature] !== undefined
