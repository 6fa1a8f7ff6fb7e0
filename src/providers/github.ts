import { defineProvider } from '../define.js'
import { jsonOrForm } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import type { Message, Provider, SecretOption } from '../types.js'

export interface GitHubOptions {
  /** The webhook's secret: one, a list newest first, or a function. */
  readonly secret: SecretOption
}

/**
 * GitHub, GitHub Enterprise and GitHub Apps. Throws ConfigError for a secret that cannot work.
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export function github<Events extends object = object>({ secret }: GitHubOptions): Provider<'github', Events> {
  return defineProvider<'github', Events>({
    id: 'github',
    name: 'GitHub',
    docs: 'https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries',
    scheme: hmac({ secret, signature: { header: 'x-hub-signature-256', prefix: 'sha256=' } }),
    body: jsonOrForm('payload'),
    identify: (payload, message) => ({ id: message.header('x-github-delivery'), type: typeOf(payload, message) }),
    facts: {
      coverage: 'full',
      idSigned: false,
      idStable: 'yes',
      deadlineSeconds: 10,
      retryHorizonSeconds: 0,
      resendHorizonSeconds: 3 * 24 * 3600,
      maxBodyBytes: 25 * 1024 * 1024,
      on4xx: 'drops',
    },
  })
}

function typeOf(payload: unknown, message: Message): string {
  const name = message.header('x-github-event') ?? ''
  const action = typeof payload === 'object' && payload !== null && 'action' in payload ? payload.action : undefined
  return typeof action === 'string' ? `${name}.${action}` : name
}
