import { X509Certificate } from './crypto.js'

const MAX_CERTIFICATES = 8
const MAX_DEPTH = 5
const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** A certificate whose issuers lead to a root. */
export interface TrustedCertificate {
  readonly leaf: X509Certificate
  /** ms since the epoch, within which every certificate of the chain is valid. */
  readonly from: number
  readonly to: number
}

/** The certificates of a PEM file that holds nothing else; undefined for any other text. */
export function certificatesOf(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(BLOCK) ?? []
  if (blocks.length === 0 || blocks.length > MAX_CERTIFICATES || pem.replace(BLOCK, '').trim() !== '') return undefined
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    return undefined
  }
}

/** A certificate on its own, for as long as it is valid. */
export function standAlone(leaf: X509Certificate): TrustedCertificate {
  return { leaf, from: Date.parse(leaf.validFrom), to: Date.parse(leaf.validTo) }
}

/** The leaf with the tightest validity of a chain to a root that holds at `now`; undefined without one. */
export function chainTo(
  roots: readonly X509Certificate[],
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  now: number,
): TrustedCertificate | undefined {
  const climb = (
    chain: TrustedCertificate,
    subject: X509Certificate,
    depth: number,
  ): TrustedCertificate | undefined => {
    if (now < chain.from || now > chain.to) return undefined
    if (roots.some(({ raw }) => raw.equals(subject.raw))) return chain
    const root = roots.find((one) => issued(one, subject) && isValid(one, now))
    if (root !== undefined) return narrowed(chain, root)
    if (depth >= MAX_DEPTH) return undefined
    for (const issuer of others) {
      const found = issued(issuer, subject) ? climb(narrowed(chain, issuer), issuer, depth + 1) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }
  return climb(standAlone(leaf), leaf, 1)
}

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
}

function isValid(certificate: X509Certificate, now: number): boolean {
  const { from, to } = standAlone(certificate)
  return from <= now && now <= to
}

function narrowed(chain: TrustedCertificate, issuer: X509Certificate): TrustedCertificate {
  const { from, to } = standAlone(issuer)
  return { leaf: chain.leaf, from: Math.max(chain.from, from), to: Math.min(chain.to, to) }
}

/** Whether a certificate is for a name: exactly, or any name below one that begins with a dot. Wildcards in the certificate do not count. */
export function isFor(certificate: X509Certificate, name: string): boolean {
  const matches = (host: string): boolean =>
    certificate.checkHost(host, { subject: 'default', wildcards: false }) !== undefined
  if (!name.startsWith('.')) return matches(name)
  // What this finds may be a piece of an odd name: checkHost has the last word.
  const listed = [...`${certificate.subjectAltName ?? ''}\n${certificate.subject}`.matchAll(/(?:DNS:|^CN=)([\w.-]+)/gm)]
  return listed.some(([, host]) => host?.endsWith(name) === true && matches(host))
}
