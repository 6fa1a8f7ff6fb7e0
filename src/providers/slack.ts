import { defineProvider, knownOptions } from '../define.js'
import type { SlackEvents } from '../events/slack.js'
import { echo } from '../schemes/challenge.js'
import { isForm, jsonOrFields } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { body, timestamp } from '../schemes/parts.js'
import { pick, pickText, retryOf } from '../schemes/pick.js'
import type { Identity, Incoming, Provider, Reply, SecretOption } from '../types.js'

export interface SlackOptions {
  /** The app's signing secret: one, a list newest first, or a function. */
  readonly secret: SecretOption
}

/**
 * Slack: Events API, slash commands, interactivity and option loads, on one URL or several. Answer commands, views and option loads with
 * `context.respond`. Throws ConfigError for options that cannot work, such as a token as the secret.
 * @see https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function slack<Events extends object = SlackEvents>(options: SlackOptions): Provider<'slack', Events> {
  const { secret } = knownOptions('slack', options, ['secret'])
  return defineProvider<'slack', Events>({
    id: 'slack',
    name: 'Slack',
    docs: 'https://docs.slack.dev/authentication/verifying-requests-from-slack',
    scheme: hmac({
      secret,
      signature: { header: 'x-slack-signature', prefix: 'v0=' },
      timestamp: { header: 'x-slack-request-timestamp', unit: 's' },
      signed: ['v0:', timestamp, ':', body],
    }),
    body: jsonOrFields('payload'),
    handshakes: {
      openBody: { maxBytes: 4096, reply: certificateCheck },
      signed: ({ payload }) => {
        if (pick(payload, 'ssl_check') !== undefined) return CHECKED
        return pick(payload, 'type') === 'url_verification' ? echo(pick(payload, 'challenge')) : undefined
      },
    },
    identify: (payload, message) => ({
      ...identityOf(payload),
      retry: retryOf(message.header('x-slack-retry-num'), 0, message.header('x-slack-retry-reason')),
    }),
    facts: {
      coverage: 'full',
      idSigned: true,
      idStable: 'yes',
      deadlineSeconds: 3,
      retryHorizonSeconds: 24 * 3600,
      on4xx: 'retries',
      unconfirmed: ['that retries are signed anew', 'the shares of failures that switch events off'],
    },
  })
}

/** Commands and interactions have no id and are not retried: the signed time makes each one different. */
function identityOf(payload: unknown): Identity {
  if (pick(payload, 'type') === 'event_callback') {
    return { id: pickText(payload, 'event_id'), type: pickText(payload, 'event', 'type') ?? '' }
  }
  const command = pickText(payload, 'command')
  const type = command === undefined ? pickText(payload, 'type') : 'slash_command'
  const name = command?.replace(/^\//, '') ?? NAMES.map((path) => pickText(payload, ...path)).find(Boolean)
  return { id: undefined, keyBySignedInput: true, type: [type, name].filter(Boolean).join('.') }
}

const NAMES = [['actions', '0', 'action_id'], ['action_id'], ['callback_id'], ['view', 'callback_id']] as const

const CHECKED: Reply = Object.freeze({ status: 200, headers: {}, body: '' })

/** Unsigned by design: answered, and whatever else the form holds is dropped. */
function certificateCheck(incoming: Incoming): Reply | undefined {
  return isForm(incoming) && incoming.form().some(([name]) => name === 'ssl_check') ? CHECKED : undefined
}
