import { createRequire } from 'node:module'
import { makerOf, parsed, serve } from './_sns.mjs'

export { differences, harmless, mutations, options, timestamp } from './_sns.mjs'

const Validator = createRequire(import.meta.url)('sns-payload-validator')
export const id = 'aws-sns'
export const verifier = 'sns-payload-validator 2.1.0: validate'
export const make = makerOf(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation'])

export async function judge(request, over) {
  serve(over)
  await new Validator({ useCache: false }).validate(parsed(request))
  return true
}
// What only we can know: which topics are allowed, and that raw delivery is not signed.
export const fixtures = ({ expect }) =>
  expect.code !== 'ERR_SENDER_NOT_ALLOWED' && expect.code !== 'ERR_SIGNATURE_MISSING'
