import { ConfigError } from '../errors.js'
import { digest } from '../lib/crypto.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import type { Handler, StandardSchemaV1 } from '../types.js'

/** A registered handler. */
export interface Registered {
  readonly patterns: readonly string[]
  readonly handler: Handler<never, never>
  readonly name: string | undefined
  readonly schema: StandardSchemaV1 | undefined
  readonly index: number
}

/** The handlers of a receiver, in order of registration. */
export interface HandlerRegistry {
  readonly size: number
  add(patterns: readonly string[], handler: unknown, options: object | undefined): void
  /** Those that an event's type selects, in order. */
  matching(type: string): readonly Registered[]
  /** How a record knows a handler: its name, or else the hash of the whole ordered list of patterns with its index. */
  identity(handler: Registered): string
}

const MAX_CACHED_TYPES = 1000
const NAME = /^[\w.:-]{1,64}$/

export function createHandlerRegistry(): HandlerRegistry {
  const all: Registered[] = []
  const names = new Set<string>()
  let cache = new Map<string, readonly Registered[]>()
  let listHash: string | undefined
  return {
    get size(): number {
      return all.length
    },
    add(patterns, handler, options): void {
      const { name, schema } = checkOptions(
        options as { name?: string; schema?: StandardSchemaV1 } | undefined,
        ['name', 'schema'],
        'on',
      )
      checkPatterns(patterns)
      if (typeof handler !== 'function') throw invalidOption('on', 'the handler', 'a function')
      if (name !== undefined && !NAME.test(name))
        throw invalidOption('on', 'name', 'letters, digits and _ . : - (1 to 64)')
      if (name !== undefined && names.has(name)) {
        throw new ConfigError('ERR_OPTION_INVALID', {
          detail: `on: the name ${name} is taken; names tell handlers apart over retries`,
        })
      }
      if (schema !== undefined && typeof schema['~standard']?.validate !== 'function')
        throw invalidOption('on', 'schema', 'a Standard Schema')
      if (name !== undefined) names.add(name)
      // The user's own types were checked by the signature of `on`.
      all.push({ patterns, handler: handler as Handler<never, never>, name, schema, index: all.length })
      cache = new Map()
      listHash = undefined
    },
    matching(type): readonly Registered[] {
      let found = cache.get(type)
      if (found === undefined) {
        found = all.filter(({ patterns }) => patterns.some((pattern) => selects(pattern, type)))
        if (cache.size < MAX_CACHED_TYPES) cache.set(type, found)
      }
      return found
    },
    identity({ name, index }): string {
      if (name !== undefined) return `=${name}`
      listHash ??= digest('sha256', [JSON.stringify(all.map(({ patterns }) => patterns))])
        .toString('hex')
        .slice(0, 8)
      return `${listHash}/${index}`
    },
  }
}

function checkPatterns(patterns: readonly string[]): void {
  const fine =
    patterns.length > 0 &&
    patterns.every((pattern) => typeof pattern === 'string' && /^(?:\*|[^*\s]+(?:\.\*)?)$/.test(pattern))
  if (!fine)
    throw invalidOption('on', 'the type', "an event name, a group ('issues' or 'issues.*'), '*', or a list of these")
}

function selects(pattern: string, type: string): boolean {
  if (pattern === '*' || pattern === type) return true
  const group = pattern.endsWith('.*') ? pattern.slice(0, -2) : pattern
  return type === group || type.startsWith(`${group}.`)
}
