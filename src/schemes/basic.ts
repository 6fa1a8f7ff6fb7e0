import { equalText, utf8 } from '../lib/bytes.js'
import { decode } from '../lib/encoding.js'
import { invalidOption } from '../lib/options.js'
import type { Incoming, Scheme, SecretOption } from '../types.js'
import { type Credential, credentialScheme } from './token.js'

/** User name and password of HTTP Basic authentication. */
export interface BasicOptions {
  readonly username: string
  readonly password: SecretOption
}

/**
 * HTTP Basic authentication, compared in constant time. It proves who sends, not what: the body is not covered.
 * Throws ConfigError ERR_SECRET_INVALID or ERR_OPTION_INVALID. @see https://www.rfc-editor.org/rfc/rfc7617
 */
export function basic(options: BasicOptions): Scheme {
  const { username, password } = options
  if (typeof username !== 'string' || username.includes(':'))
    throw invalidOption('basic', 'username', 'a string without a colon')
  return credentialScheme('basic', password, 'password', 'authorization', (incoming) =>
    credentialOf(incoming, username),
  )
}

function credentialOf(incoming: Incoming, username: string): Credential | undefined {
  const match = /^basic +(\S+)$/i.exec(incoming.header('authorization') ?? '')
  const bytes = match?.[1] === undefined ? undefined : decode(match[1], 'base64')
  const text = bytes === undefined ? undefined : utf8(bytes)
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon < 0) return undefined
  return { text: text.slice(colon + 1), valid: equalText(text.slice(0, colon), username) }
}
