import { defineProvider, knownOptions } from '../define.js'
import { jsonOrText } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { body, timestamp } from '../schemes/parts.js'
import { pickText } from '../schemes/pick.js'
import type { Identity, Message, Provider, SecretOption } from '../types.js'

export interface ZendeskOptions {
  /** The webhook's signing secret, as text: one, a list newest first, or a function. The one that the Test button uses is refused. */
  readonly secret: SecretOption
}

/** The event that a webhook is subscribed to; what a trigger sends is up to whoever wrote it. */
export interface ZendeskPayload {
  readonly id?: string
  readonly type?: string
  readonly account_id?: number
  readonly subject?: string
  readonly time?: string
  readonly detail?: Readonly<Record<string, unknown>>
  readonly event?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}
/** By `type` (`zen:event-type:ticket.created`), or `trigger`. */
export type ZendeskEvents = Readonly<Record<string, ZendeskPayload>>

const EVENT = 'zen:event-type:'

/**
 * Zendesk webhooks, subscribed to events or connected to a trigger or automation. Throws ConfigError for options that cannot work.
 * @see https://developer.zendesk.com/documentation/webhooks/verifying/
 */
export function zendesk<Events extends object = ZendeskEvents>(options: ZendeskOptions): Provider<'zendesk', Events> {
  const { secret } = knownOptions('zendesk', options, ['secret'])
  return defineProvider<'zendesk', Events>({
    id: 'zendesk',
    name: 'Zendesk',
    docs: 'https://developer.zendesk.com/documentation/webhooks/verifying/',
    scheme: hmac({
      secret,
      published: ['dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=='],
      encoding: 'base64',
      signature: { header: 'x-zendesk-webhook-signature' },
      timestamp: { header: 'x-zendesk-webhook-signature-timestamp', unit: 'iso' },
      signed: [timestamp, body],
    }),
    body: jsonOrText,
    methods: ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'],
    identify,
    facts: {
      coverage: 'full',
      idSigned: false,
      idStable: 'unconfirmed',
      deadlineSeconds: 12,
      retryHorizonSeconds: 3600,
      statuses: { retry: 503 },
      on4xx: 'drops',
      unconfirmed: [
        'that it retries timeouts, 409, 429 and, with Retry-After, 503 only',
        'that a retry carries the same ids',
        'that retries are signed anew',
      ],
    },
  })
}

function identify(payload: unknown, message: Message): Identity {
  const invocation = message.header('x-zendesk-webhook-invocation-id')
  const type = pickText(payload, 'type')
  // In a trigger's body an `id` is whatever its author put there: a ticket's, most often.
  if (type?.startsWith(EVENT) !== true) return { id: invocation, type: 'trigger' }
  return { id: pickText(payload, 'id') ?? invocation, type, deliveryId: invocation }
}
