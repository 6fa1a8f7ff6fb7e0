import { type ErrorCode, errorOf } from '../errors.js'
import { decode } from '../lib/encoding.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import { type Fetch, fetchJson } from '../lib/remote.js'
import { RemoteCache } from '../lib/remote-cache.js'
import type { Incoming, Scheme, Verdict } from '../types.js'
import { configuredUrl } from './remote-key.js'

export type { Fetch } from '../lib/remote.js'

/** What is used of the package jose, versions 5 and 6. */
export interface Jose {
  createLocalJWKSet(set: never): unknown
  jwtVerify(token: string, key: never, options: object): Promise<{ readonly payload: object }>
}

/** One claim that tells who the token is for or from: any of the names may carry it, as a text or in a list. */
export interface ClaimRule {
  readonly names: readonly string[]
  readonly value: string
}

/** Who issues the token that comes with each request, and for whom. */
export interface JwtOptions {
  /** The issuer's key set: an https URL, fixed by the set-up. */
  readonly jwks: string
  /** Accepted spellings of the issuer. */
  readonly issuer: readonly string[]
  readonly audience: string | readonly string[]
  /** Asymmetric ones only. @default ['RS256'] */
  readonly algorithms?: readonly string[] | undefined
  readonly claims?: readonly ClaimRule[] | undefined
  /** In lower case; the token follows `Bearer`. @default 'authorization' */
  readonly header?: string | undefined
  /** The package jose. @default imported at the first request */
  readonly jose?: Jose | undefined
  /** Fetches the key set. @default the runtime's own */
  readonly fetch?: Fetch | undefined
}

const OPTIONS = ['jwks', 'issuer', 'audience', 'algorithms', 'claims', 'header', 'jose', 'fetch']
const CACHE = { maxEntries: 1, ttlMs: 6 * 3600_000, failureTtlMs: 10_000, maxPending: 1 }
const RENEW_AFTER_MS = 60_000
const MAX_LEEWAY_MS = 300_000
const MAX_LENGTH = 16_384
const BEARER = /^bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i
const ASYMMETRIC = /^(?:RS|PS|ES)(?:256|384|512)$|^EdDSA$/

/**
 * A signed token of an identity provider. It proves who sends, not what: the body is not covered.
 * Throws ConfigError ERR_OPTION_INVALID; at the first request ERR_PEER_MISSING without jose. @see https://www.rfc-editor.org/rfc/rfc8725
 */
export function jwt(options: JwtOptions): Scheme {
  checkOptions(options, OPTIONS, 'jwt')
  const { issuer, audience, algorithms = ['RS256'], claims = [], header = 'authorization', fetch } = options
  const jwks = configuredUrl(options.jwks, 'jwt', 'jwks')
  const audiences = typeof audience === 'string' ? [audience] : audience
  if (!isTexts(issuer)) throw invalidOption('jwt', 'issuer', 'a list of at least one issuer')
  if (!isTexts(audiences)) throw invalidOption('jwt', 'audience', 'a text, or a list of at least one')
  if (!isTexts(algorithms) || !algorithms.every((one) => ASYMMETRIC.test(one))) {
    throw invalidOption('jwt', 'algorithms', 'a list of asymmetric ones, such as RS256')
  }
  const jose = once(async () => options.jose ?? (await installedJose()))
  const cache = new RemoteCache<unknown>(async () => {
    const set = await fetchJson(jwks, { fetch, maxBytes: 262_144 })
    return (await jose()).createLocalJWKSet(set as never) // jose checks its form
  }, CACHE)
  const check = async (token: string, key: unknown, { now, toleranceMs }: Incoming): Promise<object> => {
    // The key is what createLocalJWKSet returned.
    const { payload } = await (await jose()).jwtVerify(token, key as never, {
      algorithms,
      issuer,
      audience: audiences,
      requiredClaims: ['exp'],
      currentDate: new Date(now),
      clockTolerance: Math.min(toleranceMs, MAX_LEEWAY_MS) / 1000,
    })
    return payload
  }
  return {
    kind: 'jwt',
    coverage: 'token',
    timestamped: false,
    requires: [{ anyOf: [header], code: 'ERR_CREDENTIALS_MISSING' }],
    async verify(incoming): Promise<Verdict> {
      const token = tokenIn(incoming.header(header) ?? '')
      if (token === undefined) return 'ERR_CREDENTIALS_MISSING'
      const key = await cache.get(jwks, incoming.now)
      try {
        return verdict(await check(token, key, incoming), claims)
      } catch (error) {
        const unknownKey = codeOf(error) === 'ERR_JWKS_NO_MATCHING_KEY'
        if (!unknownKey || cache.age(jwks, incoming.now) < RENEW_AFTER_MS) return refusal(error)
      }
      const renewed = await cache.renew(jwks, incoming.now)
      return check(token, renewed, incoming).then((payload) => verdict(payload, claims), refusal)
    },
  }
}

/** A token in its one spelling: decoders overlook the last bits of a text. */
function tokenIn(value: string): string | undefined {
  const token = value.length > MAX_LENGTH ? undefined : BEARER.exec(value)?.[1]
  return token?.split('.').every((part) => decode(part, 'base64url') !== undefined) === true ? token : undefined
}

function verdict(payload: object, claims: readonly ClaimRule[]): Verdict {
  const fits = ({ names, value }: ClaimRule): boolean =>
    names.some((name) => {
      const claim: unknown = Reflect.get(payload, name)
      return Array.isArray(claim) ? claim.includes(value) : claim === value
    })
  return claims.every(fits) ? { coverage: 'token', signed: [] } : 'ERR_SENDER_NOT_ALLOWED'
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  ERR_JWT_EXPIRED: 'ERR_TIMESTAMP_STALE',
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'ERR_SENDER_NOT_ALLOWED',
  ERR_JWKS_NO_MATCHING_KEY: 'ERR_KEY_UNTRUSTED',
}

/** The code of the refusal; what is not about the token is thrown on. */
function refusal(error: unknown): ErrorCode {
  const code = codeOf(error)
  if (!/^ERR_(?:JW|JOSE)/.test(code)) throw error
  const claim = typeof error === 'object' && error !== null && 'claim' in error ? error.claim : undefined
  return claim === 'nbf' ? 'ERR_TIMESTAMP_FUTURE' : (CODES[code] ?? 'ERR_CREDENTIALS_MISMATCH')
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string' && one !== '')
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}

async function installedJose(): Promise<Jose> {
  try {
    return await import('jose')
  } catch (cause) {
    throw errorOf('ERR_PEER_MISSING', { detail: 'npm install jose', cause })
  }
}
