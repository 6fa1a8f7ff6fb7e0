import type { ErrorCode } from '../errors.js'
import { digest, equalBytes } from '../lib/crypto.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import { isThenable } from '../lib/thenable.js'
import type { Incoming, MaybePromise, Scheme, SecretOption, Verdict } from '../types.js'
import { headerName } from './_signature.js'
import { type Key, type Keys, keyRing } from './keys.js'

/** Where a sender that signs nothing puts a shared token: exactly one of `header` and `query`. */
export interface TokenOptions {
  readonly token: SecretOption
  /** Header, in lower case. */
  readonly header?: string | undefined
  /** Query parameter. */
  readonly query?: string | undefined
  /** Fixed text before the token: `Bearer `. @default '' */
  readonly prefix?: string | undefined
  /** Option name of the token, for messages. @default 'token' */
  readonly name?: string | undefined
}

const OPTIONS = ['token', 'header', 'query', 'prefix', 'name']

/**
 * A shared token, compared in constant time. It proves who sends, not what: the body is not covered.
 * Throws ConfigError ERR_SECRET_INVALID, ERR_OPTION_INVALID or ERR_OPTION_UNKNOWN. @see https://www.rfc-editor.org/rfc/rfc6750
 */
export function token(options: TokenOptions): Scheme {
  checkOptions(options, OPTIONS, 'token')
  const { header, query, prefix = '', name = 'token' } = options
  const read = reader(header, query)
  return credentialScheme('token', options.token, name, header, (incoming) => {
    const value = read(incoming)
    return value?.startsWith(prefix) === true ? { text: value.slice(prefix.length), valid: true } : undefined
  })
}

function reader(header: string | undefined, query: string | undefined): (incoming: Incoming) => string | undefined {
  if (header !== undefined && query === undefined) {
    headerName(header, 'header')
    return (incoming) => incoming.header(header)
  }
  if (query !== undefined && header === undefined) return (incoming) => incoming.query(query)
  throw invalidOption('token', 'header or query', 'given, exactly one of them')
}

/** A secret text from the request; `valid` false refuses it after the same work. */
export interface Credential {
  readonly text: string
  readonly valid: boolean
}

/** What all unsigned schemes share: one text from the request against the configured ones. */
export function credentialScheme(
  kind: string,
  secret: SecretOption,
  name: string,
  header: string | undefined,
  read: (incoming: Incoming) => Credential | undefined,
): Scheme {
  const ring = keyRing(secret, { name, codec: 'utf8', anyLength: true, make: (bytes) => digest('sha256', [bytes]) })
  return {
    kind,
    coverage: 'token',
    timestamped: false,
    requires: header === undefined ? [] : [{ anyOf: [header], code: 'ERR_CREDENTIALS_MISSING' }],
    warnings: ring.warnings,
    verify(incoming): MaybePromise<Verdict> {
      const given = read(incoming)
      if (given === undefined || given.text === '') return 'ERR_CREDENTIALS_MISSING'
      const found = ring.keys(incoming)
      return isThenable(found) ? found.then((keys) => compare(keys, given)) : compare(found, given)
    },
  }
}

function compare(keys: Keys<Uint8Array> | ErrorCode, given: Credential): Verdict {
  if (typeof keys === 'string') return keys
  const actual = digest('sha256', [given.text])
  let matched: Key<Uint8Array> | undefined
  for (const key of keys.list) if (equalBytes(key.use, actual)) matched ??= key
  if (matched === undefined || !given.valid) return 'ERR_CREDENTIALS_MISMATCH'
  const tenant = keys.perTenant ? (keys.tenant ?? matched.fingerprint) : undefined
  return { coverage: 'token', signed: [], secretId: matched.id, tenant }
}
