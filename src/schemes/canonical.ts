import { RequestError } from '../errors.js'
import { isWellFormed } from '../lib/bytes.js'
import type { BodyFormat, Incoming } from '../types.js'
import { computed, type PartToken } from './parts.js'

/** Which fields of a JSON body are signed, as lines `Name\nvalue\n` in a fixed order. */
export interface FieldLinesOptions {
  /** The field that tells the kind of message, itself signed. */
  readonly kind: string
  /** By kind: the signed fields, in the order of their lines. */
  readonly fields: Readonly<Record<string, readonly string[]>>
  /** Fields that may be absent or null; they then have no lines. */
  readonly optional?: readonly string[] | undefined
  /** The one field whose value may hold line feeds. */
  readonly freeText: string
}

/** The signed input, and the body format that hands on the signed fields and no other. */
export interface FieldLines {
  readonly part: PartToken
  readonly format: BodyFormat
}

/**
 * Signs fields by name. The lines mark no borders: a line feed in a value could pass for the next field. So only one field may hold any, and the
 * text then has one reading.
 */
export function fieldLines(options: FieldLinesOptions): FieldLines {
  const pick = (incoming: Incoming): readonly (readonly [string, string])[] | undefined => {
    const content = incoming.json()
    if (typeof content !== 'object' || content === null) return undefined
    const fields = content as Readonly<Record<string, unknown>> // JSON with string keys
    const kind = fields[options.kind]
    if (typeof kind !== 'string' || !Object.hasOwn(options.fields, kind)) return undefined
    const picked: (readonly [string, string])[] = []
    for (const name of options.fields[kind] ?? []) {
      const value = fields[name] ?? undefined
      if (value === undefined && options.optional?.includes(name) === true) continue
      if (typeof value !== 'string' || !isWellFormed(value)) return undefined
      if (name !== options.freeText && value.includes('\n')) return undefined
      picked.push([name, value])
    }
    return picked
  }
  return {
    part: computed('signed fields', ({ incoming }) => {
      const text = pick(incoming)?.map(([name, value]) => `${name}\n${value}\n`)
      return text?.join('')
    }),
    format: {
      name: 'json (signed fields)',
      decode(_, incoming): unknown {
        const picked = pick(incoming)
        if (picked === undefined) throw new RequestError('ERR_BODY_INVALID', { detail: 'a signed field is missing' })
        return Object.fromEntries(picked)
      },
    },
  }
}
