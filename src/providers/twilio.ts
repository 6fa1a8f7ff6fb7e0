import { defineProvider, knownOptions } from '../define.js'
import { hmac } from '../schemes/hmac.js'
import { joinId, pickText } from '../schemes/pick.js'
import { urlAndFields } from '../schemes/url-and-fields.js'
import type { Identity, Message, Provider, PublicUrl, SecretOption } from '../types.js'

export interface TwilioOptions {
  /** The account's primary Auth Token: one, a list newest first (around a promotion), or a function. */
  readonly secret: SecretOption
  /** The URL as it is set at Twilio, its origin, or a function; Twilio signs it. */
  readonly publicUrl: PublicUrl
}

/** Parameters as Twilio sends them; one that comes several times is a list. */
export type TwilioParameters = Readonly<Record<string, string | readonly string[]>>
/** `message.received`, `message.delivered`, `call.ringing` …; Event Streams use the types of their CloudEvents. */
export type TwilioEvents = Readonly<Record<string, TwilioParameters>>

/**
 * Twilio: forms, GET requests and Event Streams. The payload holds signed parameters only, and the answer is empty TwiML unless a handler
 * responds. Throws ConfigError for options that cannot work. @see https://www.twilio.com/docs/usage/security
 */
export function twilio<Events extends object = TwilioEvents>(options: TwilioOptions): Provider<'twilio', Events> {
  const { secret, publicUrl } = knownOptions('twilio', options, ['secret', 'publicUrl'])
  const { signed, body } = urlAndFields({ publicUrl, lenientUrl: true, bodyHash: 'bodySHA256' })
  const signature = { header: 'x-twilio-signature' }
  const scheme = hmac({ secret, algorithm: 'sha1', encoding: 'base64', signature, signed })
  return defineProvider<'twilio', Events>({
    id: 'twilio',
    name: 'Twilio',
    docs: 'https://www.twilio.com/docs/usage/security',
    scheme,
    body,
    methods: ['POST', 'GET'],
    events: ({ payload }) => (Array.isArray(payload) ? payload : [payload]),
    identify,
    facts: {
      coverage: scheme.coverage,
      idSigned: false,
      // A call's requests may be equal and honest: without Twilio's token they run without a record.
      idStable: 'none',
      deadlineSeconds: 15,
      // Event Streams; how long it is for all else is not stated.
      retryHorizonSeconds: 4 * 3600,
      success: { headers: { 'content-type': 'text/xml' }, body: '<?xml version="1.0" encoding="UTF-8"?><Response/>' },
      on4xx: 'drops',
      unconfirmed: [
        'that a retry carries the same I-Twilio-Idempotency-Token',
        'how long it retries but for Event Streams',
      ],
    },
  })
}

const SUBJECTS = [
  ['message', 'MessageStatus'],
  ['message', 'SmsStatus'],
  ['recording', 'RecordingStatus'],
  ['conference', 'StatusCallbackEvent'],
  ['call', 'CallStatus'],
] as const

function identify(item: unknown, message: Message): Identity {
  if (pickText(item, 'specversion') !== undefined)
    return { id: pickText(item, 'id'), type: pickText(item, 'type') ?? '' }
  const [subject, field] = SUBJECTS.find(([, name]) => pickText(item, name) !== undefined) ?? ['request', '']
  const status = pickText(item, field)
  const id = subject === 'message' ? joinId(pickText(item, 'MessageSid'), status) : undefined
  return {
    id: message.header('i-twilio-idempotency-token') ?? id,
    type: status === undefined ? subject : `${subject}.${status}`,
  }
}
