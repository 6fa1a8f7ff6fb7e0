import { type ErrorCode, errorOf } from '../errors.js'
import { certificatesOf, chainTo, isFor, standAlone, type TrustedCertificate } from '../lib/chain.js'
import { type PublicKey, rootCertificates, X509Certificate } from '../lib/crypto.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import { exactUrl, type Fetch, fetchBytes } from '../lib/remote.js'
import { RemoteCache } from '../lib/remote-cache.js'
import { isThenable } from '../lib/thenable.js'
import type { Incoming, MaybePromise } from '../types.js'
import type { KeyRing, Keys } from './keys.js'

export type { PublicKey } from '../lib/crypto.js'
export type { Fetch } from '../lib/remote.js'

/** Fixed texts, or those that a request's signed account decides about. */
export type Texts = readonly string[] | ((incoming: Incoming) => readonly string[])

/** Where a sender's certificate comes from, and what it must be. */
export interface CertificateOptions {
  /** The certificate's URL as the request names it. */
  readonly url: (incoming: Incoming) => unknown
  /** Exact host names that certificates are fetched from, on port 443. */
  readonly hosts: Texts
  /** The whole path. */
  readonly path: RegExp
  /** Names of which the certificate must be for one: exact, or with a dot in front any name below. */
  readonly names: Texts
  /** PEM of the authorities that the chain must lead to; missing intermediates may be among them. @default the runtime's own */
  readonly roots?: readonly string[] | undefined
  /** `transport` where the host hands out a certificate without its chain: the host's own TLS is then what proves it. @default 'chain' */
  readonly trust?: 'chain' | 'transport' | undefined
  /** @default the runtime's own */
  readonly fetch?: Fetch | undefined
}

const OPTIONS = ['url', 'hosts', 'path', 'names', 'roots', 'trust', 'fetch']
const CACHE = { maxEntries: 100, ttlMs: 24 * 3600_000, failureTtlMs: 10_000, maxPending: 8 }

/**
 * Public keys from certificates that requests name by URL: fetched once from allowed places only (5 s, 16 kB, no redirects), checked for chain, time
 * and name, and remembered. Name constraints and revocation are not checked. Throws ConfigError ERR_OPTION_INVALID.
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-6
 */
export function certificate(options: CertificateOptions): KeyRing<PublicKey> {
  checkOptions(options, OPTIONS, 'certificate')
  const { url, path, trust = 'chain' } = options
  const hosts = textsOf(options.hosts)
  const names = textsOf(options.names)
  const limits = { fetch: options.fetch }
  const roots = rootsOf(options.roots)
  const cache = new RemoteCache<TrustedCertificate>(async (name, now) => {
    const file = await fetchBytes(name, limits)
    const [leaf, ...others] = certificatesOf(file.toString('latin1')) ?? []
    if (leaf === undefined) throw errorOf('ERR_KEY_UNTRUSTED', { detail: 'the file is not a certificate' })
    const found = trust === 'transport' ? standAlone(leaf) : chainTo(await roots(), leaf, others, now)
    if (found === undefined) throw errorOf('ERR_KEY_UNTRUSTED', { detail: 'no valid chain to a trusted root' })
    return found
  }, CACHE)
  const judge = (found: TrustedCertificate, incoming: Incoming): Keys<PublicKey> | ErrorCode => {
    const valid = found.from <= incoming.now && incoming.now <= found.to
    if (!valid || !names(incoming).some((name) => isFor(found.leaf, name))) return 'ERR_KEY_UNTRUSTED'
    const fingerprint = found.leaf.fingerprint256.replaceAll(':', '').slice(0, 16).toLowerCase()
    return { list: [{ id: fingerprint, notAfter: found.to, use: found.leaf.publicKey, fingerprint }], perTenant: false }
  }
  return {
    warnings: [],
    keys(incoming): MaybePromise<Keys<PublicKey> | ErrorCode> {
      const exact = exactUrl(url(incoming), hosts(incoming), path)
      if (exact === undefined) return 'ERR_KEY_UNTRUSTED'
      const found = cache.get(exact, incoming.now)
      return isThenable(found) ? found.then((later) => judge(later, incoming)) : judge(found, incoming)
    },
  }
}

function textsOf(texts: Texts): (incoming: Incoming) => readonly string[] {
  return typeof texts === 'function' ? texts : () => texts
}

/** Parsed at first use: a runtime's own list has about 150. */
function rootsOf(pems: readonly string[] | undefined): () => Promise<readonly X509Certificate[]> {
  const given = pems?.flatMap((pem) => certificatesOf(pem) ?? [])
  if (given !== undefined && (given.length === 0 || given.length < (pems?.length ?? 0))) {
    throw invalidOption('certificate', 'roots', 'a list of certificates in PEM')
  }
  let parsed: Promise<readonly X509Certificate[]> | undefined
  return () => {
    parsed ??= given === undefined ? builtIn() : Promise.resolve(given)
    return parsed
  }
}

async function builtIn(): Promise<readonly X509Certificate[]> {
  const pems = await rootCertificates()
  return pems.map((pem) => new X509Certificate(pem))
}
