import { invalidOption } from '../lib/options.js'

/** A text of the set-up that becomes part of a signed input or URL. Throws ConfigError ERR_OPTION_INVALID unless it has the whole form. */
export function setting(name: string, value: unknown, form: RegExp): string {
  if (typeof value === 'string' && form.exec(value)?.[0] === value) return value
  throw invalidOption(
    'the provider',
    name,
    'set, and of the form that the vendor shows: is the environment variable set?',
  )
}
