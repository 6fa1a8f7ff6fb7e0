import { Webhook } from 'svix'
import * as standard from './_standard.mjs'

const svix = standard.familyOf('svix', Webhook)
export const { make, signature } = svix
export const { harmless, options } = standard
export const id = 'standard-webhooks'
export const verifier = 'svix 1.99.1: Webhook.verify'
export const total = 10_000
export const timestamp = 300_000

export function judge({ headers, body }, { secret }) {
  new Webhook(secret).verify(body, headers)
  return true
}

export const mutations = {
  ...svix.mutations,
  'a fresh id of the other family': svix.over(() => ({ 'webhook-id': 'fresh' })),
  'the id of the other family': (random) => {
    const { headers, ...request } = make(random)
    const { 'svix-id': name, ...others } = headers
    return { ...request, headers: { ...others, 'webhook-id': name } }
  },
}
export const differences = {
  ...standard.differences,
  'a fresh id of the other family': ['theirs', 'headers of both families'],
  'the id of the other family': ['theirs', 'headers of both families'],
}
export const fixtures = ({ headers, expect }) =>
  headers['svix-signature'] !== undefined && expect.code !== 'ERR_HEADER_INVALID'
