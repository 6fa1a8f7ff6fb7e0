import type { ErrorCode } from '../errors.js'
import type { Handshakes, Incoming, Reply } from '../types.js'
import { allowList } from './allow.js'

const ORIGIN = /^[\w.:-]{1,255}$/

/**
 * The OPTIONS request by which a sender of CloudEvents asks whether it may deliver here: answered for the allowed origins only. A callback that it
 * offers is never called. Throws ConfigError ERR_OPTION_INVALID. @see https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md
 */
export function allowedOrigin(origins: string | readonly string[]): Required<Pick<Handshakes, 'methods' | 'open'>> {
  const allowed = allowList(origins)
  return {
    methods: ['OPTIONS'],
    open(incoming: Incoming): Reply | ErrorCode | undefined {
      if (incoming.method !== 'OPTIONS') return undefined
      const origin = incoming.header('webhook-request-origin')
      if (origin === undefined || !ORIGIN.test(origin)) return 'ERR_HANDSHAKE_INVALID'
      if (!allowed.includes(origin)) return 'ERR_HANDSHAKE_REFUSED'
      return {
        status: 200,
        headers: {
          'webhook-allowed-origin': origin,
          'webhook-allowed-rate': '*',
          allow: 'POST',
          'cache-control': 'no-store',
        },
        body: '',
      }
    },
  }
}
