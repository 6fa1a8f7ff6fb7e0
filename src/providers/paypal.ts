import { defineProvider, knownOptions } from '../define.js'
import { crc32OfBody } from '../schemes/checksum.js'
import { choose } from '../schemes/choose.js'
import { json } from '../schemes/formats.js'
import { header, timestamp } from '../schemes/parts.js'
import { pickText } from '../schemes/pick.js'
import { rsa } from '../schemes/rsa.js'
import { setting } from '../schemes/setting.js'
import { certificate, type Fetch } from '../schemes/x509.js'
import type { Provider, SecretOption } from '../types.js'
import { online, type PayPalOnline } from './_paypal-online.js'

export interface PayPalOptions {
  /** Your webhook's id as the developer dashboard shows it. It is not in the requests: it binds a delivery to you. */
  readonly webhookId: string
  /** Pinned key or certificate in PEM; nothing is fetched then. @default the certificate that the request names */
  readonly publicKey?: SecretOption | undefined
  /** Asks PayPal about each request, instead of checking the signature here. */
  readonly verifyOnline?: PayPalOnline | undefined
  /** PEM of the authorities that the certificate must lead to; a missing intermediate may be among them. @default the runtime's own */
  readonly roots?: readonly string[] | undefined
  /** Fetches the certificate. @default the runtime's own */
  readonly fetch?: Fetch | undefined
}

/**
 * PayPal. The signature covers a CRC-32 of the body, which stops accidents and no forger who holds another delivery of yours: ask the API before
 * money moves. Throws ConfigError for options that cannot work. @see https://developer.paypal.com/api/rest/webhooks/rest/
 */
export function paypal<Events extends object = object>(options: PayPalOptions): Provider<'paypal', Events> {
  const known = knownOptions('paypal', options, ['webhookId', 'publicKey', 'verifyOnline', 'roots', 'fetch'])
  const { publicKey, verifyOnline, roots, fetch } = known
  const webhookId = setting('webhookId', known.webhookId, /^[A-Za-z0-9-]{1,64}$/)
  const signed = [header('paypal-transmission-id'), '|', timestamp, '|', webhookId, '|', crc32OfBody]
  const coverage = { fields: ['transmission id', 'transmission time', 'crc32 of the body'] }
  const fetched = certificate({
    url: (incoming) => incoming.header('paypal-cert-url'),
    hosts: ['api.paypal.com', 'api.sandbox.paypal.com'],
    path: /^\/v1\/notifications\/certs\/[\w-]{1,128}$/,
    names: ['.paypal.com'],
    roots,
    fetch,
  })
  const offline = rsa({
    publicKey: publicKey ?? fetched,
    signature: { header: 'paypal-transmission-sig' },
    timestamp: { header: 'paypal-transmission-time', unit: 'iso' },
    signed,
    coverage,
  })
  const scheme = verifyOnline === undefined ? offline : online(verifyOnline, webhookId, signed, coverage)
  return defineProvider<'paypal', Events>({
    id: 'paypal',
    name: 'PayPal',
    docs: 'https://developer.paypal.com/api/rest/webhooks/rest/',
    scheme: choose({ by: (incoming) => incoming.header('paypal-auth-algo'), schemes: { SHA256withRSA: scheme } }),
    body: json,
    identify: (payload) => ({ id: pickText(payload, 'id'), type: pickText(payload, 'event_type') ?? '' }),
    facts: {
      coverage,
      idSigned: false,
      idStable: 'yes',
      toleranceSeconds: Number.POSITIVE_INFINITY,
      retryHorizonSeconds: 3 * 24 * 3600,
      on4xx: 'retries',
      unconfirmed: ['certificates come from these two hosts, with intermediates'],
    },
  })
}
