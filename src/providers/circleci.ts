import { defineProvider, knownOptions } from '../define.js'
import { json } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { pickText, timeOf } from '../schemes/pick.js'
import type { Provider, SecretOption } from '../types.js'

export interface CircleCIOptions {
  /** The webhook's secret token: one, a list newest first, or a function. */
  readonly secret: SecretOption
}

export interface CircleCIPayload {
  readonly id: string
  readonly type: string
  readonly happened_at: string
  readonly webhook?: { readonly id: string; readonly name: string }
  readonly project?: { readonly id: string; readonly name: string; readonly slug: string }
  readonly organization?: { readonly id: string; readonly name: string }
  readonly workflow?: { readonly id: string; readonly status?: string; readonly [field: string]: unknown }
  readonly pipeline?: Readonly<Record<string, unknown>>
  readonly job?: { readonly id: string; readonly status?: string; readonly [field: string]: unknown }
}
export interface CircleCIEvents {
  readonly 'workflow-completed': CircleCIPayload
  readonly 'job-completed': CircleCIPayload
}

/**
 * CircleCI. Only `v1` signatures count, whatever else the header lists. Throws ConfigError for options that cannot work.
 * @see https://circleci.com/docs/outbound-webhooks/
 */
export function circleci<Events extends object = CircleCIEvents>(
  options: CircleCIOptions,
): Provider<'circleci', Events> {
  const { secret } = knownOptions('circleci', options, ['secret'])
  return defineProvider<'circleci', Events>({
    id: 'circleci',
    name: 'CircleCI',
    docs: 'https://circleci.com/docs/outbound-webhooks/',
    scheme: hmac({
      secret,
      signature: { header: 'circleci-signature', list: { separator: ',', prefix: 'v1=' } },
    }),
    body: json,
    identify: (payload) => ({
      id: pickText(payload, 'id'),
      type: pickText(payload, 'type') ?? '',
      timestamp: timeOf(pickText(payload, 'happened_at')),
    }),
    facts: {
      coverage: 'full',
      idSigned: true,
      idStable: 'yes',
      deadlineSeconds: 10,
      retryHorizonSeconds: 24 * 3600,
      on4xx: 'retries',
      unconfirmed: ['how long it retries'],
    },
  })
}
