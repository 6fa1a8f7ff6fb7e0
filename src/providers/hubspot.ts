import { defineProvider, knownOptions } from '../define.js'
import type { HubSpotEvents } from '../events/hubspot.js'
import { choice } from '../schemes/choice.js'
import { digest } from '../schemes/digest.js'
import { json } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { body, method, timestamp, url } from '../schemes/parts.js'
import { joinId, pick, pickText, retryOf } from '../schemes/pick.js'
import type { Identity, Message, Provider, PublicUrl, Scheme, SecretOption } from '../types.js'

export interface HubSpotOptions {
  /** The app's client secret: one, a list newest first, or a function. */
  readonly secret: SecretOption
  /** The target URL as it is set at HubSpot, its origin, or a function; v3 and v2 sign it. */
  readonly publicUrl?: PublicUrl | undefined
  /** The older ones sign no time, so that a captured request stays good for ever. @default 'v3' */
  readonly version?: 'v3' | 'v2' | 'v1' | undefined
}

/** The escapes that HubSpot decodes in a URL before it signs it. */
const DECODED = ['%3A', '%2F', '%3F', '%40', '%21', '%24', '%27', '%28', '%29', '%2A', '%2C', '%3B']

/**
 * HubSpot, up to 100 events a request. Throws ConfigError for options that cannot work.
 * @see https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
 */
export function hubspot<Events extends object = HubSpotEvents>(options: HubSpotOptions): Provider<'hubspot', Events> {
  return defineProvider<'hubspot', Events>({
    id: 'hubspot',
    name: 'HubSpot',
    docs: 'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation',
    scheme: schemeOf(knownOptions('hubspot', options, ['secret', 'publicUrl', 'version'])),
    methods: ['POST', 'GET'],
    body: json,
    events: ({ payload }) => (Array.isArray(payload) ? payload : [payload]),
    identify,
    facts: {
      coverage: 'full',
      idSigned: true,
      idStable: 'unconfirmed',
      deadlineSeconds: 5,
      retryHorizonSeconds: 24 * 3600,
      on4xx: 'drops',
      unconfirmed: ['the deadline of 5 s', 'that retries are signed anew', 'which statuses end the retries'],
    },
  })
}

function schemeOf({ secret, publicUrl = '', version }: HubSpotOptions): Scheme {
  const chosen = choice('hubspot', 'version', version, ['v3', 'v2', 'v1'])
  const older = { secret, signature: { header: 'x-hubspot-signature' } }
  if (chosen !== 'v3') return digest(chosen === 'v1' ? older : { ...older, signed: [method, url(publicUrl), body] })
  return hmac({
    secret,
    encoding: 'base64',
    signature: { header: 'x-hubspot-signature-v3' },
    timestamp: { header: 'x-hubspot-request-timestamp', unit: 'ms' },
    signed: [method, url(publicUrl, { decode: DECODED }), body, timestamp],
  })
}

/** Workflows send what they were told to: their `callbackId`, else the signed request itself stands for the event. */
function identify(item: unknown, message: Message): Identity {
  const parts = ['portalId', 'subscriptionId', 'eventId', 'occurredAt'].map((name) => pick(item, name))
  // An eventId need not be unique, and an association has two objects.
  const whose = ['objectId', 'fromObjectId', 'toObjectId', 'associationTypeId'].flatMap((key) => pick(item, key) ?? [])
  const id = joinId(...parts, ...whose) ?? pickText(item, 'callbackId')
  return {
    id,
    keyBySignedInput: id === undefined && message.verified.timestamp !== undefined,
    type: pickText(item, 'subscriptionType') ?? 'workflow',
    timestamp: Number(pick(item, 'occurredAt')) || undefined,
    retry: retryOf(pick(item, 'attemptNumber'), 0),
  }
}
