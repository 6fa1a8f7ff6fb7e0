import { Webhook } from 'standardwebhooks'
import * as standard from './_standard.mjs'

const { make, mutations, signature } = standard.familyOf('webhook', Webhook)

export { make, mutations, signature }
export const { differences, harmless, options } = standard
export const id = 'standard-webhooks'
export const verifier = 'standardwebhooks 1.1.1: Webhook.verify'
export const total = 10_000
export const timestamp = 300_000

export function judge({ headers, body }, { secret }) {
  new Webhook(secret).verify(body, headers)
  return true
}
/** It knows neither v1a nor svix headers. */
export const fixtures = ({ headers, options: over = {}, expect }) =>
  headers['webhook-signature'] !== undefined &&
  over.publicKey === undefined &&
  headers['svix-id'] === undefined &&
  judged(expect)

/** Where we are stricter, see the differences. */
const judged = ({ code }) => !['ERR_HEADER_INVALID', 'ERR_TIMESTAMP_INVALID'].includes(code)
