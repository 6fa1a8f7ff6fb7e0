import { X509Certificate } from 'node:crypto'
import type { ErrorCode } from '../../src/errors.js'

/** One request of the collection of published vectors, with the verdict that its source gives. */
export interface Vector {
  readonly provider: string
  readonly note: string
  readonly origin: string
  readonly expected: 'valid' | 'invalid'
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly secret?: string
  readonly publicKey?: string
  readonly cert?: string
  /** Id of the secret, where the request names one. */
  readonly key?: string
  /** Seconds since the epoch. */
  readonly now?: number
  readonly reply?: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  }
  readonly signatureOnly?: boolean
}

/** Names under which the collection files what is one provider here. */
const RENAMED: Readonly<Record<string, string>> = { travis: 'travis-ci', svix: 'standard-webhooks' }

export function providerIdOf({ provider }: Vector): string {
  return RENAMED[provider] ?? provider
}

export function camelCase(id: string): string {
  return id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

/** Options of the provider that fit a vector; `secret` and `publicKey` where nothing else is said. */
const OPTIONS: Readonly<Record<string, (vector: Vector) => object>> = {
  gitlab: ({ secret }) => ({ token: secret }),
  twilio: ({ secret, url }) => ({ secret, publicUrl: url }),
  trello: ({ secret = 'none', url }) => ({ secret, publicUrl: url }),
  dropbox: ({ secret = 'none' }) => ({ secret }),
  meta: ({ secret, reply }) => ({ secret, verifyToken: reply === undefined ? 'none' : secret }),
  mailchimp: ({ secret, url }) => ({ token: secret ?? new URL(url).searchParams.get('secret'), query: 'secret' }),
  mandrill: ({ secret, url }) => ({ secret, publicUrl: url }),
  hubspot: ({ secret, url, headers }) => ({
    secret,
    publicUrl: url,
    version: headers['x-hubspot-signature-version'] ?? 'v3',
  }),
  paypal: ({ secret: webhookId, publicKey }) => ({ webhookId, publicKey }),
  'travis-ci': ({ headers, publicKey }) => ({ allow: headers['travis-repo-slug'], publicKey }),
  // The certificates are self-made or of no SNS host: the key is pinned instead.
  'aws-sns': ({ body, cert }) => ({ allow: JSON.parse(body).TopicArn, publicKey: keyOf(cert) }),
  'azure-devops': ({ secret = '' }) => ({ username: secret.split(':')[0], password: secret.split(':')[1] }),
  'azure-event-grid': ({ headers }) => ({ allowUnverified: true, allowedOrigins: headers['webhook-request-origin'] }),
  pusher: ({ secret, key }) => ({ secret: { id: key, value: secret } }),
}

function keyOf(certificate = ''): string {
  return new X509Certificate(certificate).publicKey.export({ format: 'pem', type: 'spki' }).toString()
}

/** The receiver's clock in ms: the vector's, or the time in the body of an old delivery. */
export function clockOf({ provider, now, body }: Vector): number {
  return provider === 'aws-sns' ? Date.parse(JSON.parse(body).Timestamp) : 1000 * (now ?? 1_700_000_000)
}

export function optionsOf(vector: Vector): object {
  const { secret, publicKey } = vector
  const options = OPTIONS[providerIdOf(vector)]
  if (options !== undefined) return options(vector)
  return publicKey === undefined ? { secret } : { publicKey }
}

/** A vector that is refused although its source accepts it. */
export interface Deviation {
  readonly provider: string
  /** Begins the vector's note. */
  readonly note: string
  readonly code: ErrorCode
  readonly reason: string
}

const DEVIATIONS: readonly Deviation[] = [
  {
    provider: 'zendesk',
    note: 'current order timestamp+body',
    code: 'ERR_SECRET_INVALID',
    reason: 'the secret is the one that Zendesk prints for its Test button: anybody can sign with it',
  },
  {
    provider: 'zendesk',
    note: 'documented static test secret',
    code: 'ERR_SECRET_INVALID',
    reason: 'the same secret, and a time in Unix seconds, which Zendesk does not send',
  },
]

export function deviationOf({ provider, note }: Vector): Deviation | undefined {
  return DEVIATIONS.find((one) => one.provider === provider && note.startsWith(one.note))
}
