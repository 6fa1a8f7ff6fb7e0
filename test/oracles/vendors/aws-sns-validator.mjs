import { createRequire } from 'node:module'
import { differences as common, mutations as commonMutations, makerOf, parsed, serve } from './_sns.mjs'

export { harmless, options, timestamp } from './_sns.mjs'

const require = createRequire(import.meta.url)
export const id = 'aws-sns'
export const verifier = "sns-validator 0.3.5, AWS's own: validate"
export const make = makerOf(['Notification', 'SubscriptionConfirmation'])

export function judge(request, over) {
  serve(over)
  // Its cache of certificates belongs to the module.
  delete require.cache[require.resolve('sns-validator')]
  const Validator = require('sns-validator')
  return new Promise((resolve) => new Validator().validate(parsed(request), (error) => resolve(error === null)))
}

export const mutations = {
  ...commonMutations,
  'type: the end of a subscription': (random) => make(random, { fields: { Type: 'UnsubscribeConfirmation' } }),
  'certificate: another file of the host': (random) =>
    make(random, { after: () => ({ SigningCertURL: 'https://sns.us-west-2.amazonaws.com/any.pem' }) }),
}
export const differences = {
  ...common,
  'type: the end of a subscription': ['ours', 'the end of a subscription'],
  'certificate: another file of the host': ['theirs', 'a certificate with another path'],
}
export const fixtures = ({ expect }) =>
  expect.code !== 'ERR_SENDER_NOT_ALLOWED' &&
  expect.code !== 'ERR_SIGNATURE_MISSING' &&
  expect.events?.[0]?.type !== 'UnsubscribeConfirmation'
