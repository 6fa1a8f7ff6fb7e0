import { defineProvider, knownOptions } from '../define.js'
import { jsonOrText } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import { retryOf } from '../schemes/pick.js'
import type { Provider, SecretOption } from '../types.js'

export interface HookdeckOptions {
  /** The project's signing secret: one, a list newest first, or a function. */
  readonly secret: SecretOption
  /** What the names of Hookdeck's headers begin with, in lower case, where the project renames it. @default 'x-hookdeck' */
  readonly headerPrefix?: string | undefined
}

/** By the name of the source, which is not signed: do not authorise by it. */
export type HookdeckEvents = Readonly<Record<string, unknown>>

/**
 * Hookdeck, in front of other senders: it signs their bodies; what it says of them in headers (`x-hookdeck-verified`) is not signed.
 * Throws ConfigError for options that cannot work. @see https://hookdeck.com/docs/authentication
 */
export function hookdeck<Events extends object = HookdeckEvents>(
  options: HookdeckOptions,
): Provider<'hookdeck', Events> {
  const { secret, headerPrefix: prefix = 'x-hookdeck' } = knownOptions('hookdeck', options, ['secret', 'headerPrefix'])
  return defineProvider<'hookdeck', Events>({
    id: 'hookdeck',
    name: 'Hookdeck',
    docs: 'https://hookdeck.com/docs/authentication',
    scheme: hmac({
      secret,
      encoding: 'base64',
      signature: { header: [`${prefix}-signature`, `${prefix}-signature-2`] },
    }),
    body: jsonOrText,
    // It passes on the method of the request that it got.
    methods: ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'],
    identify: (_, message) => ({
      id: message.header(`${prefix}-eventid`),
      type: message.header(`${prefix}-source-name`) ?? 'event',
      deliveryId: message.header(`${prefix}-requestid`),
      retry: retryOf(message.header(`${prefix}-attempt-count`), 1, message.header(`${prefix}-attempt-trigger`)),
    }),
    facts: {
      coverage: 'full',
      idSigned: false,
      idStable: 'yes',
      deadlineSeconds: 60,
      retryHorizonSeconds: 7 * 24 * 3600,
      maxBodyBytes: 10 * 1024 * 1024,
      on4xx: 'retries',
      unconfirmed: ['the header with the name of the source', 'how long the rules of a project may retry'],
    },
  })
}
