import { defineProvider, knownOptions } from '../define.js'
import { json } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { pick, pickList, pickText } from '../schemes/pick.js'
import type { LabelledSecret, Provider, SecretLookup } from '../types.js'

/** The secret of one app key: `{ id: key, value: secret }`. */
export type PusherSecret = LabelledSecret & { readonly id: string }

export interface PusherOptions {
  /** Each app key with its secret: one, a list, or a function. The request names the key, and no other secret is tried. */
  readonly secret: PusherSecret | readonly (PusherSecret | undefined)[] | SecretLookup
}

export interface PusherEvent<Name extends string = string> {
  readonly name: Name
  readonly channel: string
  readonly user_id?: string
  readonly event?: string
  readonly data?: string
  readonly socket_id?: string
  readonly subscription_count?: number
}
type Name =
  | 'channel_occupied'
  | 'channel_vacated'
  | 'member_added'
  | 'member_removed'
  | 'client_event'
  | 'cache_miss'
  | 'subscription_count'
type ByName = { readonly [Type in Name]: PusherEvent<Type> }
export interface PusherEvents extends ByName {}

/**
 * Pusher Channels, several events a request. They have no id: an event is known by the signed request, which holds its time, and its place.
 * Throws ConfigError for options that cannot work. @see https://pusher.com/docs/channels/server_api/webhooks/
 */
export function pusher<Events extends object = PusherEvents>(options: PusherOptions): Provider<'pusher', Events> {
  const { secret } = knownOptions('pusher', options, ['secret'])
  return defineProvider<'pusher', Events>({
    id: 'pusher',
    name: 'Pusher Channels',
    docs: 'https://pusher.com/docs/channels/server_api/webhooks/',
    scheme: hmac({
      secret,
      keyHeader: 'x-pusher-key',
      signature: { header: 'x-pusher-signature' },
      timestamp: { payload: (payload) => pick(payload, 'time_ms'), unit: 'ms', optional: true },
    }),
    body: json,
    events: ({ payload }) => pickList(payload, 'events'),
    identify: (event, { verified }) => ({
      id: undefined,
      keyBySignedInput: verified.timestamp !== undefined,
      type: pickText(event, 'name') ?? '',
    }),
    facts: {
      coverage: 'full',
      idSigned: true,
      idStable: 'unconfirmed',
      toleranceSeconds: 900,
      deadlineSeconds: 4,
      retryHorizonSeconds: 300,
      on4xx: 'retries',
      unconfirmed: ['that a retry has the same body'],
    },
  })
}
