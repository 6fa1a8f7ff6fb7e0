import { invalidOption } from '../lib/options.js'
import type { Scheme, SecretOption } from '../types.js'
import { basic } from './basic.js'
import { none } from './none.js'
import { token } from './token.js'

/** What proves a sender that signs nothing: a token in header or URL, or HTTP Basic. Exactly one of them, or explicitly none. */
export interface CredentialOptions {
  /** A long random text that you add to the URL or to a header at the vendor. */
  readonly token?: SecretOption | undefined
  /** Header that holds the token, in lower case; in `authorization` it follows `Bearer`. */
  readonly header?: string | undefined
  /** Query parameter that holds the token. @default 'token', unless `header` is given */
  readonly query?: string | undefined
  /** HTTP Basic. */
  readonly username?: string | undefined
  readonly password?: SecretOption | undefined
  /** Accept requests without any proof: whoever knows the URL can make your handlers run. @default false */
  readonly allowUnverified?: boolean | undefined
}

/** The names of what all senders take that sign nothing. */
export const CREDENTIAL_OPTIONS: readonly (keyof CredentialOptions)[] = [
  'token',
  'header',
  'query',
  'username',
  'password',
  'allowUnverified',
]

/**
 * What the user set up; `stronger` is a scheme that counts as one more way, where the vendor has it. Throws ConfigError ERR_OPTION_INVALID where
 * that is nothing, or two things.
 */
export function credentials(options: CredentialOptions, stronger?: Scheme): Scheme {
  const { header, query, username, password, allowUnverified } = options
  const given = [stronger, options.token, password, allowUnverified === true || undefined].filter(
    (one) => one !== undefined,
  )
  if (given.length !== 1) {
    throw invalidOption('the provider', 'token', 'set, or username and password, or allowUnverified: true; one of them')
  }
  if (stronger !== undefined) return stronger
  if (allowUnverified === true) return none()
  if (password !== undefined) return basic({ username: username ?? '', password })
  const place = header === undefined ? { query: query ?? 'token' } : { header, query }
  return token({ token: options.token, ...place, prefix: header === 'authorization' ? 'Bearer ' : undefined })
}
