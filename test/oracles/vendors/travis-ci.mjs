import { fileOf, keyPair, sign, verified } from './_openssl.mjs'

const [pair, stranger] = [keyPair('travis'), keyPair('travis')]
export const id = 'travis-ci'
export const verifier = 'openssl dgst, with the form parser of URLSearchParams (Travis CI has no package for it)'
export const options = { allow: ['acme/api'], publicKey: pair.publicKey }
export const signature = 'signature'

export function judge({ headers, body }, { allow, publicKey }) {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  const payload = new URLSearchParams(text).get('payload') ?? ''
  const file = publicKey === pair.publicKey ? pair.publicFile : fileOf(publicKey)
  if (!verified('sha1', file, payload, headers[signature] ?? '')) return false
  const { owner_name: owner, name } = JSON.parse(payload).repository
  return allow.includes(`${owner}/${name}`)
}

function payloadOf(random, owner) {
  const repository = { owner_name: owner, name: 'api' }
  const state = random.pick(['passed', 'failed', 'started'])
  return JSON.stringify({ id: random.below(1e9), type: 'push', state, message: random.text(30), repository })
}

export function make(random, { key, owner = 'acme', edit = (body) => body } = {}) {
  const payload = payloadOf(random, owner)
  const body = Buffer.from(edit(new URLSearchParams({ payload }).toString()))
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    [signature]: sign('sha1', key === undefined ? pair : stranger, payload),
  }
  return { method: 'POST', url: '/hooks', headers, body }
}

const edited = (edit) => (random) => make(random, { edit })
export const mutations = {
  'form: a field before it': edited((body) => `a=1&${body}`),
  'form: spaces as %20, escapes in small letters': edited((body) =>
    body.replaceAll('+', '%20').replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  ),
  'form: the payload twice': edited((body) => `${body}&payload=%7B%7D`),
  'form: decoded once too often': edited(
    (body) => `payload=${decodeURIComponent(body.slice(8).replaceAll('+', ' '))}%`,
  ),
  'repository: of another customer': (random) => make(random, { owner: 'mallory' }),
}
export const differences = { 'form: the payload twice': ['theirs', 'a form that holds the payload twice'] }
export const harmless = ['form: a field before it', 'form: spaces as %20, escapes in small letters', 'body: a bit']
export const fixtures = ({ expect }) => expect.code !== 'ERR_BODY_INVALID'
