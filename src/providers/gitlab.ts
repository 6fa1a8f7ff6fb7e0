import { defineProvider, knownOptions } from '../define.js'
import type { GitLabEvents } from '../events/gitlab.js'
import { either } from '../schemes/either.js'
import { json } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { body, header, timestamp } from '../schemes/parts.js'
import { pickText } from '../schemes/pick.js'
import { token } from '../schemes/token.js'
import type { Message, Provider, Scheme, SecretOption } from '../types.js'

export interface GitLabOptions {
  /** The signing token (`whsec_…`): one, a list newest first, or a function. */
  readonly secret?: SecretOption | undefined
  /** The secret token, which GitLab sends as it is; never a fallback for a signature that is there and wrong. */
  readonly token?: SecretOption | undefined
}

/**
 * GitLab, hosted or your own, from 17.4 (older ones send no id: use the receiver's `key`). Give what is set at the webhook, one or both.
 * Throws ConfigError for options that cannot work. @see https://docs.gitlab.com/user/project/integrations/webhooks/
 */
export function gitlab<Events extends object = GitLabEvents>(options: GitLabOptions): Provider<'gitlab', Events> {
  const { secret, token: plain } = knownOptions('gitlab', options, ['secret', 'token'])
  const schemes: Scheme[] = secret === undefined ? [] : [signed(secret)]
  if (plain !== undefined || secret === undefined) schemes.push(token({ token: plain, header: 'x-gitlab-token' }))
  return defineProvider<'gitlab', Events>({
    id: 'gitlab',
    name: 'GitLab',
    docs: 'https://docs.gitlab.com/user/project/integrations/webhooks/',
    scheme: either({ schemes }),
    body: json,
    identify: (payload, message) => ({
      id: message.header(message.verified.coverage === 'full' ? 'webhook-id' : 'idempotency-key'),
      type: typeOf(payload, message),
      deliveryId: message.header('x-gitlab-event-uuid'),
    }),
    facts: {
      coverage: plain === undefined && secret !== undefined ? 'full' : 'token',
      idSigned: plain === undefined && secret !== undefined,
      idStable: 'yes',
      deadlineSeconds: 10,
      retryHorizonSeconds: 24 * 3600,
      resendHorizonSeconds: 2 * 24 * 3600,
      maxBodyBytes: 25 * 1024 * 1024,
      on4xx: 'disables',
      unconfirmed: ['how long it retries', 'that retries are signed anew', 'how many failures disable a webhook'],
    },
  })
}

function signed(secret: SecretOption): Scheme {
  return hmac({
    secret,
    key: { prefixes: ['whsec_'], encoding: 'base64', required: true },
    encoding: 'base64',
    signature: { header: 'webhook-signature', list: { separator: ' ', prefix: 'v1,' } },
    timestamp: { header: 'webhook-timestamp', unit: 's' },
    signed: [header('webhook-id', { without: '.' }), '.', timestamp, '.', body],
  })
}

/** A webhook with a template of its own may send anything: then GitLab's name of the hook. */
function typeOf(payload: unknown, message: Message): string {
  const kind = pickText(payload, 'object_kind') ?? pickText(payload, 'event_name')
  if (kind === undefined) return message.header('x-gitlab-event') ?? ''
  const action = pickText(payload, 'object_attributes', 'action') ?? pickText(payload, 'action')
  return action === undefined ? kind : `${kind}.${action}`
}
