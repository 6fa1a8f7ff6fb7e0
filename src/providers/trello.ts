import { defineProvider, knownOptions } from '../define.js'
import { existence } from '../schemes/challenge.js'
import { json } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { body, url } from '../schemes/parts.js'
import { joinId, pick, pickText } from '../schemes/pick.js'
import type { Provider, PublicUrl, SecretOption } from '../types.js'

export interface TrelloOptions {
  /** The application's OAuth 1.0 secret (not the API key, not a token): one, a list newest first, or a function. */
  readonly secret: SecretOption
  /** The callback URL, character for character as it was registered, its origin, or a function; Trello signs it. */
  readonly publicUrl: PublicUrl
}

/** What happened (`action`) to or below what the webhook watches (`model`). */
export interface TrelloPayload {
  readonly action: {
    readonly id: string
    readonly type: string
    readonly date: string
    readonly idMemberCreator: string
    readonly data: Readonly<Record<string, unknown>>
    readonly [field: string]: unknown
  }
  readonly model: { readonly id: string; readonly [field: string]: unknown }
  readonly webhook?: Readonly<Record<string, unknown>>
}
/** By the type of the action: `updateCard`. */
export type TrelloEvents = Readonly<Record<string, TrelloPayload>>

/**
 * Trello. One action comes once for each webhook that watches it, as an event of its own.
 * Throws ConfigError for options that cannot work. @see https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/
 */
export function trello<Events extends object = TrelloEvents>(options: TrelloOptions): Provider<'trello', Events> {
  const { secret, publicUrl } = knownOptions('trello', options, ['secret', 'publicUrl'])
  return defineProvider<'trello', Events>({
    id: 'trello',
    name: 'Trello',
    docs: 'https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/',
    scheme: hmac({
      secret,
      algorithm: 'sha1',
      encoding: 'base64',
      signature: { header: 'x-trello-webhook' },
      signed: [body, url(publicUrl)],
    }),
    body: json,
    handshakes: existence('HEAD'),
    identify: (payload) => ({
      id: joinId(pick(payload, 'action', 'id'), pick(payload, 'model', 'id')),
      type: pickText(payload, 'action', 'type') ?? '',
    }),
    facts: {
      coverage: 'full',
      idSigned: true,
      idStable: 'unconfirmed',
      retryHorizonSeconds: 300,
      on4xx: 'retries',
      unconfirmed: [
        'retries after 30, 60 and 120 s',
        'that a retry carries the same action id',
        'that 410 deletes the webhook',
      ],
    },
  })
}
