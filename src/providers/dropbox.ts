import { defineProvider, knownOptions } from '../define.js'
import { challenge } from '../schemes/challenge.js'
import { json } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { pick } from '../schemes/pick.js'
import type { Provider, SecretOption } from '../types.js'

export interface DropboxOptions {
  /** The app secret: one, a list newest first, or a function. */
  readonly secret: SecretOption
}

/** Whose files changed; what changed is asked for with a cursor of your own. */
export interface DropboxPayload {
  readonly list_folder?: {
    readonly accounts?: readonly string[]
    readonly teams?: Readonly<Record<string, readonly string[]>>
  }
  readonly delta?: { readonly users?: readonly number[] }
  readonly [field: string]: unknown
}
/** By what changed: `list_folder`, `file_requests`. */
export type DropboxEvents = Readonly<Record<string, DropboxPayload>>

/**
 * Dropbox. Its notifications have no id and no time, and equal ones are honest: none can be told from a repetition, so every one runs.
 * Throws ConfigError for options that cannot work. @see https://www.dropbox.com/developers/reference/webhooks
 */
export function dropbox<Events extends object = DropboxEvents>(options: DropboxOptions): Provider<'dropbox', Events> {
  const { secret } = knownOptions('dropbox', options, ['secret'])
  return defineProvider<'dropbox', Events>({
    id: 'dropbox',
    name: 'Dropbox',
    docs: 'https://www.dropbox.com/developers/reference/webhooks',
    scheme: hmac({ secret, signature: { header: 'x-dropbox-signature' }, shortSecrets: true }),
    body: json,
    handshakes: challenge({ parameter: 'challenge' }),
    identify: (payload) => ({ id: undefined, type: typeOf(payload) }),
    facts: {
      coverage: 'full',
      idSigned: false,
      idStable: 'none',
      deadlineSeconds: 10,
      retryHorizonSeconds: 600,
      on4xx: 'retries',
      unconfirmed: ['retries for about 10 minutes', 'that high failure rates disable a webhook'],
    },
  })
}

/** `delta` stands beside `list_folder` for older clients. */
function typeOf(payload: unknown): string {
  if (pick(payload, 'list_folder') !== undefined) return 'list_folder'
  return typeof payload === 'object' && payload !== null ? (Object.keys(payload)[0] ?? '') : ''
}
