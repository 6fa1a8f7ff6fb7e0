import { defineProvider, knownOptions } from '../define.js'
import { CREDENTIAL_OPTIONS, type CredentialOptions, credentials } from '../schemes/credentials.js'
import { json } from '../schemes/formats.js'
import { pickText } from '../schemes/pick.js'
import type { Provider } from '../types.js'

/** What the connection of the API destination sends: an API key (`token` with its `header`), basic, or a parameter of the URL. */
export type AwsEventbridgeOptions = CredentialOptions

/**
 * Amazon EventBridge API destinations, without a transformer; a Custom Event Bus sends events in lists. Nothing is signed. Throws ConfigError for
 * options that cannot work.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
 */
export function awsEventbridge<Events extends object = object>(
  options: AwsEventbridgeOptions,
): Provider<'aws-eventbridge', Events> {
  const scheme = credentials(knownOptions('awsEventbridge', options, CREDENTIAL_OPTIONS))
  return defineProvider<'aws-eventbridge', Events>({
    id: 'aws-eventbridge',
    name: 'Amazon EventBridge',
    docs: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html',
    scheme,
    body: json,
    methods: ['POST', 'PUT', 'PATCH'],
    events: ({ payload }) => (Array.isArray(payload) ? payload : [payload]),
    identify: (payload) => ({ id: pickText(payload, 'id'), type: pickText(payload, 'detail-type') ?? '' }),
    facts: {
      coverage: scheme.coverage,
      idSigned: false,
      idStable: 'unconfirmed',
      deadlineSeconds: 5,
      retryHorizonSeconds: 24 * 3600,
      maxBodyBytes: 2 * 1024 * 1024,
      on4xx: 'drops',
      unconfirmed: ['a retry has the same id', 'a body limit: entries of 1 MiB, in an envelope'],
    },
  })
}
