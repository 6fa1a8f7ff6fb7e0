import { invalidOption } from '../lib/options.js'

/** One of a few values of an option, or the first where it is left out. Throws ConfigError ERR_OPTION_INVALID for any other. */
export function choice<T extends string>(
  where: string,
  name: string,
  given: T | undefined,
  values: readonly [T, ...T[]],
): T {
  const value = given ?? values[0]
  if (values.includes(value)) return value
  throw invalidOption(where, name, values.join(' or '))
}

/** The name of the one option of several that is given. Throws ConfigError ERR_OPTION_INVALID for none and for more. */
export function onlyOne<T extends string>(where: string, given: Readonly<Record<T, unknown>>): T {
  const names = Object.keys(given) as T[] // an object literal has the keys of its type
  const [name, ...others] = names.filter((one) => given[one] !== undefined)
  if (name !== undefined && others.length === 0) return name
  throw invalidOption(where, names.join(' or '), 'given, exactly one of them: is the environment variable set?')
}
