import { fieldLines } from '../schemes/canonical.js'
import { choose } from '../schemes/choose.js'
import { pick, pickText } from '../schemes/pick.js'
import { type RsaOptions, rsa } from '../schemes/rsa.js'
import type { BodyFormat, Coverage, Incoming, Scheme } from '../types.js'

const NOTIFICATION = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
const CONFIRMATION = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
const lines = fieldLines({
  kind: 'Type',
  fields: {
    Notification: NOTIFICATION,
    SubscriptionConfirmation: CONFIRMATION,
    UnsubscribeConfirmation: CONFIRMATION,
  },
  optional: ['Subject'],
  freeText: 'Message',
})

export const coverage: Coverage = { fields: Array.from(new Set(NOTIFICATION.concat(CONFIRMATION))) }
export const signedFields: BodyFormat = lines.format

/** Which version a message has is not signed, and need not be: under the other one its signature does not hold. */
export function signature(publicKey: RsaOptions['publicKey']): Scheme {
  const version = (algorithm: 'sha1' | 'sha256'): Scheme =>
    rsa({
      publicKey,
      algorithm,
      signature: { read: unlessRaw },
      timestamp: { payload: (payload) => pick(payload, 'Timestamp'), unit: 'iso' },
      signed: [lines.part],
      coverage,
    })
  return choose({
    by: (incoming) => pick(incoming.json(), 'SignatureVersion'),
    schemes: { 1: version('sha1'), 2: version('sha256') },
    requires: [{ anyOf: ['x-amz-sns-message-type'], code: 'ERR_SIGNATURE_MISSING' }],
  })
}

/** Raw delivery carries no signature, whatever its body looks like. */
function unlessRaw(incoming: Incoming): unknown {
  return incoming.header('x-amz-sns-rawdelivery') === undefined ? pickText(incoming.json(), 'Signature') : undefined
}
