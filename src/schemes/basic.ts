import { equalText, utf8 } from '../lib/bytes.js'
import { decode } from '../lib/encoding.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import type { Scheme, SecretOption } from '../types.js'
import { type Credential, credentialScheme } from './token.js'

/** User name and password of HTTP Basic authentication. */
export interface BasicOptions {
  /** May be empty, may not hold a colon. */
  readonly username: string
  readonly password: SecretOption
}

/**
 * HTTP Basic authentication, compared in constant time. It proves who sends, not what: the body is not covered.
 * Throws ConfigError ERR_SECRET_INVALID, ERR_OPTION_INVALID or ERR_OPTION_UNKNOWN. @see https://www.rfc-editor.org/rfc/rfc7617
 */
export function basic(options: BasicOptions): Scheme {
  checkOptions(options, ['username', 'password'], 'basic')
  const { username, password } = options
  if (typeof username !== 'string' || username.includes(':')) {
    throw invalidOption('basic', 'username', 'a string without a colon')
  }
  return credentialScheme('basic', password, 'password', 'authorization', (incoming) =>
    credentialOf(incoming.header('authorization'), username),
  )
}

function credentialOf(value: string | undefined, username: string): Credential | undefined {
  const encoded = /^basic ([A-Za-z0-9+/]+={0,2})$/i.exec(value ?? '')?.[1]
  const bytes = encoded === undefined ? undefined : decode(encoded, 'base64')
  const text = bytes === undefined ? undefined : utf8(bytes)
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon < 0) return undefined
  return { text: text.slice(colon + 1), valid: equalText(text.slice(0, colon), username) }
}
