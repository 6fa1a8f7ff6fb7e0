import { defineProvider, knownOptions } from '../define.js'
import type { AwsSnsEvents } from '../events/aws-sns.js'
import { allow } from '../schemes/allow.js'
import { pick, pickText } from '../schemes/pick.js'
import type { Fetch } from '../schemes/x509.js'
import type { Incoming, Provider, SecretOption } from '../types.js'
import { coverage, signature, signedFields } from './_aws-sns-signature.js'
import { certificates, TOPIC_ARN } from './_aws-sns-topic.js'

export type { Fetch } from '../schemes/x509.js'
export { confirmSubscription } from './_aws-sns-topic.js'

export interface AwsSnsOptions {
  /** ARNs of your topics: every AWS account can send you validly signed messages of its own. */
  readonly allow: string | readonly string[]
  /** Pinned key or certificate in PEM; nothing is fetched then. @default the certificate that the message names */
  readonly publicKey?: SecretOption | undefined
  /** PEM of the authorities that the certificate must lead to, and of its intermediates: SNS serves it alone. @default its host's TLS proves it */
  readonly roots?: readonly string[] | undefined
  /** Fetches the certificate. @default the runtime's own */
  readonly fetch?: Fetch | undefined
}

/**
 * Amazon SNS over HTTP(S); raw delivery is not signed and refused. Payloads hold the signed fields only. Throws ConfigError for options that cannot
 * work. @see https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
export function awsSns<Events extends object = AwsSnsEvents>(options: AwsSnsOptions): Provider<'aws-sns', Events> {
  const known = knownOptions('awsSns', options, ['allow', 'publicKey', 'roots', 'fetch'])
  const { publicKey = certificates(known.roots, known.fetch) } = known
  const topic = (incoming: Incoming): unknown => pick(incoming.json(), 'TopicArn')
  return defineProvider<'aws-sns', Events>({
    id: 'aws-sns',
    name: 'Amazon SNS',
    docs: 'https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html',
    scheme: allow({ scheme: signature(publicKey), allow: known.allow, form: TOPIC_ARN, of: topic }),
    body: signedFields,
    identify: (payload) => ({ id: pickText(payload, 'MessageId'), type: pickText(payload, 'Type') ?? '' }),
    facts: {
      coverage,
      idSigned: true,
      idStable: 'yes',
      toleranceSeconds: 3900,
      deadlineSeconds: 15,
      retryHorizonSeconds: 3600,
      maxBodyBytes: 2 * 1024 * 1024,
      on4xx: 'drops',
      unconfirmed: [
        'a deadline of 15 seconds',
        'a 4xx other than 429 is final',
        'a body limit: 256 KiB of text, escaped',
      ],
    },
  })
}
