import { errorOf } from '../errors.js'
import { type PublicKey, publicKeyFrom } from '../lib/crypto.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import { exactUrl, type Fetch, fetchBytes } from '../lib/remote.js'
import { RemoteCache } from '../lib/remote-cache.js'
import type { Incoming } from '../types.js'
import { fingerprintOf } from './_fingerprint.js'
import type { KeyRing, Keys } from './keys.js'

export type { PublicKey } from '../lib/crypto.js'
export type { Fetch } from '../lib/remote.js'

/** A public key that its owner publishes under a fixed URL. */
export interface RemoteKeyOptions {
  /** Fixed by the set-up, never by a request: https, port 443, no query. */
  readonly url: string
  /** Finds the PEM in the document. @default the document is the PEM */
  readonly pem?: ((document: string) => unknown) | undefined
  /** @default the runtime's own */
  readonly fetch?: Fetch | undefined
}

const CACHE = { maxEntries: 1, ttlMs: 24 * 3600_000, failureTtlMs: 10_000, maxPending: 1 }
const RENEW_AFTER_MS = 60_000

/**
 * Fetches the key at the first request and again after a day; and where a signature does not match, once a minute at most: the owner may
 * have replaced it. Throws ConfigError ERR_OPTION_INVALID.
 */
export function remoteKey(options: RemoteKeyOptions): KeyRing<PublicKey> {
  checkOptions(options, ['url', 'pem', 'fetch'], 'remoteKey')
  const { pem = (document) => document } = options
  const url = configuredUrl(options.url, 'remoteKey', 'url')
  const cache = new RemoteCache<Keys<PublicKey>>(async () => {
    const document = await fetchBytes(url, { fetch: options.fetch, maxBytes: 65_536 })
    return keysFrom(pem, document.toString('utf8'))
  }, CACHE)
  return {
    warnings: [],
    keys: ({ now }: Incoming) => cache.get(url, now),
    async renew({ now }: Incoming): Promise<Keys<PublicKey> | undefined> {
      return cache.age(url, now) < RENEW_AFTER_MS ? undefined : cache.renew(url, now)
    },
  }
}

function keysFrom(pem: (document: string) => unknown, document: string): Keys<PublicKey> {
  try {
    const text = pem(document)
    if (typeof text !== 'string') throw new TypeError('not a text')
    const fingerprint = fingerprintOf(text)
    const key = { id: fingerprint, notAfter: Number.POSITIVE_INFINITY, use: publicKeyFrom(text), fingerprint }
    return { list: [key], perTenant: false }
  } catch (cause) {
    throw errorOf('ERR_KEY_LOOKUP', { detail: 'the document holds no public key', cause })
  }
}

/** A URL that the set-up names. Throws ConfigError ERR_OPTION_INVALID unless it is https with a plain host and path. */
export function configuredUrl(url: unknown, where: string, name: string): string {
  const host = typeof url === 'string' ? /^https:\/\/([a-z0-9.-]+)\//.exec(url)?.[1] : undefined
  const exact = host === undefined ? undefined : exactUrl(url, [host], /^\/[\w./-]*$/)
  if (exact === undefined) throw invalidOption(where, name, 'an https URL of a host and a path')
  return exact
}
