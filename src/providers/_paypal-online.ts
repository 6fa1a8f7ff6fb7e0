import { knownOptions } from '../define.js'
import type { Part } from '../schemes/parts.js'
import { pick } from '../schemes/pick.js'
import { type Fetch, remoteVerdict } from '../schemes/remote-verdict.js'
import type { Coverage, Scheme } from '../types.js'

/** The REST app that may ask PayPal about its own deliveries. */
export interface PayPalOnline {
  readonly clientId: string
  readonly clientSecret: string
  /** Ask the sandbox. @default false */
  readonly sandbox?: boolean | undefined
  /** @default the runtime's own */
  readonly fetch?: Fetch | undefined
}

/** @see https://developer.paypal.com/docs/api/webhooks/v1/#verify-webhook-signature_post */
export function online(options: PayPalOnline, webhookId: string, signed: readonly Part[], coverage: Coverage): Scheme {
  const known = knownOptions('verifyOnline', options, ['clientId', 'clientSecret', 'sandbox', 'fetch'])
  const { clientId, clientSecret, sandbox = false, fetch } = known
  const origin = sandbox ? 'https://api-m.sandbox.paypal.com' : 'https://api-m.paypal.com'
  return remoteVerdict({
    url: `${origin}/v1/notifications/verify-webhook-signature`,
    tokenUrl: `${origin}/v1/oauth2/token`,
    clientId,
    clientSecret,
    headers: {
      auth_algo: 'paypal-auth-algo',
      cert_url: 'paypal-cert-url',
      transmission_id: 'paypal-transmission-id',
      transmission_sig: 'paypal-transmission-sig',
      transmission_time: 'paypal-transmission-time',
    },
    fixed: { webhook_id: webhookId },
    body: 'webhook_event',
    accepts: (answer) => pick(answer, 'verification_status') === 'SUCCESS',
    timestamp: 'paypal-transmission-time',
    signed,
    coverage,
    fetch,
  })
}
