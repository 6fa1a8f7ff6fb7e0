import { digest } from '../lib/crypto.js'
import { invalidOption } from '../lib/options.js'
import type { Message } from '../types.js'
import { headerName } from './_signature.js'
import { pick } from './pick.js'

/** Where a value stands in a verified request: a header in lower case, or a path of the decoded body (`data.id`, `items.0.id`). */
export type Location = { readonly header: string } | { readonly path: string }

/** Reads a value; undefined where it is not there. */
export type Locator = (payload: unknown, message: Message) => string | number | undefined

/** Resolves a location once; `option` names it in messages. Throws ConfigError ERR_OPTION_INVALID. */
export function locate(location: Location, option: string): Locator {
  const given: Partial<{ header: unknown; path: unknown }> = location ?? {}
  if (typeof given.header === 'string' && given.path === undefined) {
    const name = headerName(given.header, option)
    return (_, message) => message.header(name)
  }
  if (typeof given.path === 'string' && given.path !== '' && given.header === undefined) {
    const path = given.path.split('.')
    return (payload) => {
      const value = pick(payload, ...path)
      return typeof value === 'string' || typeof value === 'number' ? value : undefined
    }
  }
  throw invalidOption('the provider', option, '{ header } or { path }')
}

/** Where an event's id stands. `'body-hash'`: the sha256 of the body, so that two events of equal bytes are one. */
export type IdSource = Location | 'body-hash'

/** Resolves the source of an event's id once. Throws ConfigError ERR_OPTION_INVALID where none is given. */
export function locateId(source: IdSource): Locator {
  if (source === 'body-hash') return (_, message) => digest('sha256', [message.body]).toString('hex')
  if (typeof source !== 'object' || source === null) {
    throw invalidOption(
      'the provider',
      'id',
      "{ header } or { path } of the event's id: without one, retries run again. If the sender gives none, choose 'body-hash' by name",
    )
  }
  return locate(source, 'id')
}
