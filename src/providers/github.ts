import { defineProvider, knownOptions } from '../define.js'
import type { GitHubEvents } from '../events/github.js'
import { jsonOrForm } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { pickText } from '../schemes/pick.js'
import type { Message, Provider, SecretOption } from '../types.js'
import { isBodyOf, isStamped } from './_github-rules.js'

export interface GitHubOptions {
  /** The webhook's secret: one, a list newest first, or a function. */
  readonly secret: SecretOption
}

/**
 * GitHub, GitHub Enterprise and GitHub Apps; SHA-256 only, JSON and form bodies. Throws ConfigError for options that cannot work.
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export function github<Events extends object = GitHubEvents>(options: GitHubOptions): Provider<'github', Events> {
  const { secret } = knownOptions('github', options, ['secret'])
  return defineProvider<'github', Events>({
    id: 'github',
    name: 'GitHub',
    docs: 'https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries',
    scheme: hmac({ secret, signature: { header: 'x-hub-signature-256', prefix: 'sha256=' } }),
    body: jsonOrForm('payload'),
    identify: (payload, message) => ({ id: message.header('x-github-delivery'), type: typeOf(payload, message) }),
    unique: (payload, type) => isStamped(type, payload),
    matches: (payload, type) => type !== '' && isBodyOf(type, payload),
    facts: {
      coverage: 'full',
      idSigned: false,
      idStable: 'yes',
      deadlineSeconds: 10,
      retryHorizonSeconds: 0,
      resendHorizonSeconds: 3 * 24 * 3600,
      maxBodyBytes: 25 * 1024 * 1024,
      on4xx: 'drops',
      unconfirmed: ['how long a delivery can be sent again'],
    },
  })
}

/**
 * `event.action`; nothing where the header is missing or names no event, so that it matches no body. No event's name has a dot: with
 * `issues.opened` in the header an `issues.edited` would be `issues.opened.edited`, which `on('issues.opened')` selects.
 */
function typeOf(payload: unknown, message: Message): string {
  const event = message.header('x-github-event') ?? ''
  const action = pickText(payload, 'action')
  if (event.includes('.')) return ''
  return event === '' || action === undefined ? event : `${event}.${action}`
}
