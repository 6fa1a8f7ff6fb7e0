import { call } from '../schemes/call.js'
import type { KeyRing } from '../schemes/keys.js'
import { pick } from '../schemes/pick.js'
import { setting } from '../schemes/setting.js'
import { certificate, type Fetch, type PublicKey } from '../schemes/x509.js'
import type { Incoming } from '../types.js'

/** An ARN of a topic: only its own region can speak for it. */
export const TOPIC_ARN: RegExp = /^arn:aws(?:-cn|-us-gov)?:sns:[a-z]{2}(?:-[a-z]+)+-\d:\d+:[\w-]{1,256}(?:\.fifo)?$/

interface Region {
  readonly host: string
  /** What the region's signing certificates may be for. */
  readonly names: readonly string[]
}

/** The region of a topic. Throws ConfigError ERR_OPTION_INVALID for what is no topic's ARN. */
function regionOf(topicArn: unknown): Region {
  const [, partition, , region] = setting('TopicArn', topicArn, TOPIC_ARN).split(':')
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  // GovCloud East uses the certificate of West.
  const own = partition === 'aws-us-gov' ? 'us-gov-west-1' : region
  return {
    host: `sns.${region}.${suffix}`,
    names: [`sns.${suffix}`, `sns-signing.${region}.${suffix}`, `sns-${own}.${suffix}`],
  }
}

/** The certificate that a message names, from the host of its topic's own region and no other. The topic is an allowed one by then. */
export function certificates(roots: readonly string[] | undefined, fetch: Fetch | undefined): KeyRing<PublicKey> {
  const region = (incoming: Incoming): Region => regionOf(pick(incoming.json(), 'TopicArn'))
  return certificate({
    url: (incoming) => pick(incoming.json(), 'SigningCertURL'),
    hosts: (incoming) => [region(incoming).host],
    path: /^\/SimpleNotificationService-[0-9a-f]{32}\.pem$/,
    names: (incoming) => region(incoming).names,
    trust: roots === undefined ? 'transport' : 'chain',
    roots,
    fetch,
  })
}

/**
 * Confirms a subscription that a verified SubscriptionConfirmation asks for, at the host of the topic's own region: the URL in the message is not used.
 * Throws ConfigError ERR_KEY_LOOKUP where SNS does not answer 200, ERR_OPTION_INVALID for any other event.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
 */
export async function confirmSubscription(
  event: { readonly type: string; readonly payload: unknown },
  options: { readonly fetch?: Fetch | undefined } = {},
): Promise<void> {
  setting('event.type', event.type, /^SubscriptionConfirmation$/)
  const topic = setting('TopicArn', pick(event.payload, 'TopicArn'), TOPIC_ARN)
  const token = setting('Token', pick(event.payload, 'Token'), /^[\w-]{1,1024}$/)
  const query = { Action: 'ConfirmSubscription', TopicArn: topic, Token: token }
  await call(`https://${regionOf(topic).host}/`, query, options)
}
