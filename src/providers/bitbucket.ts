import { defineProvider, knownOptions } from '../define.js'
import type { BitbucketEvents } from '../events/bitbucket.js'
import { json } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { pick, pickText, retryOf } from '../schemes/pick.js'
import type { Provider, SecretOption } from '../types.js'

export interface BitbucketOptions {
  /** The webhook's secret: one, a list newest first, or a function. */
  readonly secret: SecretOption
}

/**
 * Bitbucket Cloud and Data Center. `event.type` is the event key: `repo:push`. Throws ConfigError for options that cannot work.
 * @see https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/
 */
export function bitbucket<Events extends object = BitbucketEvents>(
  options: BitbucketOptions,
): Provider<'bitbucket', Events> {
  const { secret } = knownOptions('bitbucket', options, ['secret'])
  return defineProvider<'bitbucket', Events>({
    id: 'bitbucket',
    name: 'Bitbucket',
    docs: 'https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/',
    scheme: hmac({ secret, signature: { header: 'x-hub-signature', prefix: 'sha256=' } }),
    body: json,
    identify: (_, message) => ({
      id: message.header('x-request-uuid') ?? message.header('x-request-id'),
      type: message.header('x-event-key') ?? '',
      retry: retryOf(message.header('x-attempt-number'), 1),
    }),
    unique: (payload, type) =>
      STAMPED.some(([key, ...path]) => key === type && pickText(payload, ...path) !== undefined),
    // No key has a dot: `on('issue:updated')` would select `issue:updated.x`, which is not known by its body.
    matches: (payload, type) =>
      (pickText(payload, 'eventKey') ?? type) === type && !type.includes('.') && hasSubject(payload, type),
    facts: {
      coverage: 'full',
      idSigned: false,
      idStable: 'unconfirmed',
      deadlineSeconds: 10,
      retryHorizonSeconds: 3600,
      on4xx: 'unconfirmed',
      unconfirmed: [
        'that X-Request-UUID is the same on a retry',
        'two more attempts after 10 s each',
        'that Cloud signs like Jira Cloud does',
      ],
    },
  })
}

/** Events whose body carries its subject's own time of change, and whose body no other event has. */
const STAMPED = [
  ['pullrequest:updated', 'pullrequest', 'updated_on'],
  ['issue:updated', 'issue', 'updated_on'],
  ['pullrequest:comment_updated', 'comment', 'updated_on'],
] as const

const SUBJECTS: Readonly<Record<string, string>> = { 'repo:push': 'push', pullrequest: 'pullrequest', issue: 'issue' }

/** The event key is not signed: the body must hold what it is about. */
function hasSubject(payload: unknown, type: string): boolean {
  const subject = SUBJECTS[type] ?? SUBJECTS[type.split(':')[0] ?? '']
  return subject === undefined || pick(payload, subject) !== undefined
}
