import type { ErrorCode } from '../errors.js'
import { digest, equalBytes } from '../lib/crypto.js'
import { invalidOption } from '../lib/options.js'
import type { Incoming, MaybePromise, Scheme, SecretOption, Verdict } from '../types.js'
import { type Keys, keyRing } from './keys.js'

/** Where a sender that signs nothing puts a shared token. */
export interface TokenOptions {
  readonly token: SecretOption
  /** Header in lower case; or the query parameter. Exactly one of the two. */
  readonly header?: string | undefined
  readonly query?: string | undefined
  /** Fixed text before the token: `Bearer `. */
  readonly prefix?: string | undefined
  /** Option name, for messages. @default 'token' */
  readonly name?: string | undefined
}

/**
 * A shared token, compared in constant time. It proves who sends, not what: the body is not covered.
 * Throws ConfigError ERR_SECRET_INVALID or ERR_OPTION_INVALID. @see https://www.rfc-editor.org/rfc/rfc6750
 */
export function token(options: TokenOptions): Scheme {
  const { header, query, prefix = '' } = options
  if ((header === undefined) === (query === undefined))
    throw invalidOption('token', 'header or query', 'given, exactly one of them')
  return credentialScheme('token', options.token, options.name ?? 'token', header, (incoming) => {
    const value = header === undefined ? incoming.query(query as string) : incoming.header(header) // one of the two is there
    return value?.startsWith(prefix) === true ? { text: value.slice(prefix.length), valid: true } : undefined
  })
}

/** A secret text from the request; `valid` false refuses it after the same work. */
export interface Credential {
  readonly text: string
  readonly valid: boolean
}

/** What token and basic share: one text from the request against the configured ones. */
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
      return found instanceof Promise ? found.then((keys) => compare(keys, given)) : compare(found, given)
    },
  }
}

function compare(keys: Keys<Uint8Array> | ErrorCode, given: Credential): Verdict {
  if (typeof keys === 'string') return keys
  const actual = digest('sha256', [given.text])
  let matched: Keys<Uint8Array>['list'][number] | undefined
  for (const key of keys.list) if (equalBytes(key.use, actual)) matched ??= key
  if (matched === undefined || !given.valid) return 'ERR_CREDENTIALS_MISMATCH'
  const tenant = keys.perTenant ? (keys.tenant ?? matched.fingerprint) : undefined
  return { coverage: 'token', signed: [], secretId: matched.id, tenant }
}
