import { defineProvider, knownOptions } from '../define.js'
import type { MetaEvents } from '../events/meta.js'
import { challenge } from '../schemes/challenge.js'
import { json } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { joinId, pick, pickList, pickText } from '../schemes/pick.js'
import type { Identity, Provider, SecretOption } from '../types.js'
import { eventsOf } from './_meta-events.js'

export interface MetaOptions {
  /** The App Secret (for Instagram login the Instagram app's): one, a list newest first, or a function. */
  readonly secret: SecretOption
  /** The token of yours that is set at the webhook; Meta sends it when it asks for the URL. */
  readonly verifyToken: string
}

/**
 * Facebook, Messenger, Instagram, WhatsApp. Each change, message and status is an event of its own; only messages and statuses have an id,
 * all others run whenever they come. Throws ConfigError for options that cannot work.
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started
 */
export function meta<Events extends object = MetaEvents>(options: MetaOptions): Provider<'meta', Events> {
  const { secret, verifyToken: token } = knownOptions('meta', options, ['secret', 'verifyToken'])
  const verify = { parameter: 'hub.verify_token', token }
  return defineProvider<'meta', Events>({
    id: 'meta',
    name: 'Meta (Facebook, Messenger, Instagram, WhatsApp)',
    docs: 'https://developers.facebook.com/docs/graph-api/webhooks/getting-started',
    scheme: hmac({ secret, signature: { header: 'x-hub-signature-256', prefix: 'sha256=' } }),
    body: json,
    handshakes: challenge({ parameter: 'hub.challenge', when: { 'hub.mode': 'subscribe' }, verify }),
    events: ({ payload }) => pickList(payload, 'entry').flatMap((entry) => eventsOf(payload, entry)),
    identify,
    facts: {
      coverage: 'full',
      idSigned: true,
      idStable: 'none',
      retryHorizonSeconds: 7 * 24 * 3600,
      maxBodyBytes: 3 * 1024 * 1024,
      on4xx: 'retries',
      unconfirmed: ['retries for 36 hours, WhatsApp for 7 days', 'which secret signs Instagram messages'],
    },
  })
}

/** Of one message there is a status for each member of a group, and for each attempt to pay. */
const WHOSE = [
  ['recipient_participant_id'],
  ['recipient_participant_user_id'],
  ['payment', 'transaction', 'id'],
  ['payment', 'transaction', 'status'],
] as const

function identify(item: unknown): Identity {
  const type = `${pickText(item, 'object') ?? ''}.${pickText(item, 'field') ?? ''}`
  const [message] = pickList(item, 'value', 'messages')
  const [status] = pickList(item, 'value', 'statuses')
  const about = [pick(item, 'entry', 'id'), pick(item, 'field')]
  if (message !== undefined) return { id: joinId(...about, pick(message, 'id')), type }
  const passed = ['id', 'status', 'recipient_id'].map((name) => pick(status, name) ?? '-')
  const told = WHOSE.map((path) => pick(status, ...path)).filter((one) => one !== undefined)
  if (status !== undefined) return { id: joinId(...about, ...passed, ...told), type }
  // A message that is taken back comes under its old id.
  const state = pick(item, 'value', 'message', 'is_deleted') === true ? 'deleted' : 'sent'
  return { id: joinId(...about, pick(item, 'value', 'message', 'mid'), state), type }
}
