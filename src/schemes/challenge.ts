import type { ErrorCode } from '../errors.js'
import { equalText } from '../lib/crypto.js'
import { invalidOption } from '../lib/options.js'
import type { Handshakes, Incoming, Reply } from '../types.js'

/** A GET by which a vendor asks whether the URL is yours; the challenge comes in the query and goes back as it came. */
export interface ChallengeOptions {
  /** Query parameter that is sent back. */
  readonly parameter: string
  /** Values that other query parameters must have. */
  readonly when?: Readonly<Record<string, string>> | undefined
  /** A token of yours that must come in a query parameter; compared in constant time. */
  readonly verify?: { readonly parameter: string; readonly token: string } | undefined
}

const MAX_CHALLENGE = 1024
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u
const SAFE = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' } as const

/** Answers a challenge by GET. Throws ConfigError ERR_OPTION_INVALID for an empty token. */
export function challenge(options: ChallengeOptions): Handshakes {
  const { parameter, when = {}, verify } = options
  if (verify !== undefined && (typeof verify.token !== 'string' || verify.token.trim() === '')) {
    throw invalidOption('the handshake', 'verifyToken', 'a text that is not empty: is the environment variable set?')
  }
  return {
    methods: ['GET'],
    open(incoming): Reply | ErrorCode | undefined {
      if (incoming.method !== 'GET') return undefined
      if (!Object.entries(when).every(([name, value]) => incoming.query(name) === value)) return 'ERR_HANDSHAKE_INVALID'
      if (verify !== undefined && !equalText(incoming.query(verify.parameter) ?? '', verify.token)) {
        return 'ERR_HANDSHAKE_REFUSED'
      }
      return echo(incoming.query(parameter))
    },
  }
}

/** A challenge as text that no browser takes for a page; refused unless it is 1 to 1,024 printable characters. */
export function echo(value: unknown): Reply | 'ERR_HANDSHAKE_INVALID' {
  if (typeof value !== 'string' || value.length > MAX_CHALLENGE || !PRINTABLE.test(value))
    return 'ERR_HANDSHAKE_INVALID'
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8', ...SAFE }, body: value }
}

/** An answer as JSON. */
export function jsonReply(value: unknown): Reply {
  return { status: 200, headers: { 'content-type': 'application/json', ...SAFE }, body: JSON.stringify(value) }
}

/** Answers 200 to methods by which a vendor only asks whether the URL exists. */
export function existence(...methods: readonly string[]): Handshakes {
  return { methods, open: (incoming: Incoming) => (methods.includes(incoming.method) ? EXISTS : undefined) }
}

const EXISTS: Reply = Object.freeze({ status: 200, headers: { 'cache-control': 'no-store' }, body: '' })
