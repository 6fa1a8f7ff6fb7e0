import { defineProvider, knownOptions } from '../define.js'
import { existence } from '../schemes/challenge.js'
import { contentId } from '../schemes/content-id.js'
import { type CredentialOptions, credentials } from '../schemes/credentials.js'
import { nestedForm } from '../schemes/nested-form.js'
import { pickText, timeOf } from '../schemes/pick.js'
import type { Provider } from '../types.js'

/** A long random `token` in the URL's query, because Mailchimp signs nothing; `query` is the parameter's name. */
export type MailchimpOptions = Pick<CredentialOptions, 'token' | 'query' | 'allowUnverified'>

export interface MailchimpPayload {
  readonly type: string
  /** `YYYY-MM-DD HH:MM:SS` in UTC. */
  readonly fired_at: string
  /** Nested as the names of the form fields are: `data.merges.EMAIL`. */
  readonly data: {
    readonly id?: string
    readonly list_id?: string
    readonly email?: string
    readonly [field: string]: unknown
  }
}
type Name = 'subscribe' | 'unsubscribe' | 'profile' | 'upemail' | 'cleaned' | 'campaign'
type ByName = { readonly [Type in Name]: MailchimpPayload }
export interface MailchimpEvents extends ByName {}

/**
 * Mailchimp's audience webhooks. They have no id: an event is known by all of its fields.
 * Throws ConfigError for options that cannot work. @see https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/
 */
export function mailchimp<Events extends object = MailchimpEvents>(
  options: MailchimpOptions,
): Provider<'mailchimp', Events> {
  const { token, query, allowUnverified } = knownOptions('mailchimp', options, ['token', 'query', 'allowUnverified'])
  const scheme = credentials({ token, query, allowUnverified })
  return defineProvider<'mailchimp', Events>({
    id: 'mailchimp',
    name: 'Mailchimp',
    docs: 'https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/',
    scheme,
    body: nestedForm,
    handshakes: existence('GET'),
    identify: (payload) => ({
      id: contentId(payload),
      type: pickText(payload, 'type') ?? '',
      timestamp: timeOf(`${pickText(payload, 'fired_at')?.replace(' ', 'T')}Z`),
    }),
    facts: {
      coverage: scheme.coverage,
      idSigned: false,
      idStable: 'unconfirmed',
      deadlineSeconds: 10,
      retryHorizonSeconds: 75 * 60,
      on4xx: 'retries',
      unconfirmed: ['the deadline of 10 s', 'retries for 75 minutes', 'that a retry has the same body'],
    },
  })
}
