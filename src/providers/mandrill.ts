import { defineProvider, knownOptions } from '../define.js'
import type { MandrillEvents } from '../events/mandrill.js'
import { existence } from '../schemes/challenge.js'
import { contentId } from '../schemes/content-id.js'
import { jsonOnlyField } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { pick, pickText } from '../schemes/pick.js'
import { trial } from '../schemes/trial.js'
import { urlAndFields } from '../schemes/url-and-fields.js'
import type { Identity, Incoming, Provider, PublicUrl, Scheme, SecretOption } from '../types.js'

export interface MandrillOptions {
  /** The webhook's key: one, a list newest first, or a function. */
  readonly secret: SecretOption
  /** The URL exactly as it is set at the webhook, its origin, or a function; Mandrill signs it. */
  readonly publicUrl: PublicUrl
}

const TRIAL_KEY = 'test-webhook'
const signature = { header: 'x-mandrill-signature' }

/**
 * Mandrill (Mailchimp Transactional), up to 1,000 events a request. They have no id of their own: an event is known by its message, kind
 * and time. Throws ConfigError for options that cannot work.
 * @see https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/
 */
export function mandrill<Events extends object = MandrillEvents>(
  options: MandrillOptions,
): Provider<'mandrill', Events> {
  const known = knownOptions('mandrill', options, ['secret', 'publicUrl'])
  const { signed } = urlAndFields({ publicUrl: known.publicUrl })
  const keyed = (secret: SecretOption, published: readonly string[]): Scheme =>
    hmac({ secret, published, algorithm: 'sha1', encoding: 'base64', signature, signed })
  const scheme = keyed(known.secret, [TRIAL_KEY])
  return defineProvider<'mandrill', Events>({
    id: 'mandrill',
    name: 'Mandrill (Mailchimp Transactional)',
    docs: 'https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/',
    scheme: trial({ scheme, trial: keyed(TRIAL_KEY, []), harmless: isEmptyBatch }),
    // What is signed marks no borders: text of one event could pass for a field of its own.
    body: jsonOnlyField('mandrill_events'),
    handshakes: existence('HEAD'),
    events: ({ payload }) => (Array.isArray(payload) ? payload : [payload]),
    identify,
    facts: {
      coverage: scheme.coverage,
      idSigned: true,
      idStable: 'unconfirmed',
      retryHorizonSeconds: 3 * 24 * 3600,
      // 1,000 events of its own test delivery are 2 MB; of bytes it names no cap, and mails have attachments.
      maxBodyBytes: 10 * 1024 * 1024,
      on4xx: 'retries',
      unconfirmed: ['a body limit', 'retries for days', 'that a retried batch holds the same events'],
    },
  })
}

/** What Mandrill posts where a HEAD was not answered 200. */
function isEmptyBatch(incoming: Incoming): boolean {
  const fields = incoming.form()
  return fields.length === 1 && fields[0]?.[0] === 'mandrill_events' && fields[0][1] === '[]'
}

function identify(item: unknown): Identity {
  const [kind, action, message, at] = ['event', 'action', '_id', 'ts'].map((name) => pick(item, name))
  const who = ['url', 'ip', 'user_agent'].map((name) => pick(item, name))
  const sync = pickText(item, 'type')
  const type = sync === undefined ? (pickText(item, 'event') ?? '') : `${sync}.${pickText(item, 'action') ?? ''}`
  // Inbound mail and list changes name no message: they are known by all that they hold.
  return { id: message === undefined ? contentId(item) : contentId(kind, action, message, at, who), type }
}
