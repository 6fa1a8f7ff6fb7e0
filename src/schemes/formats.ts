import { RequestError } from '../errors.js'
import { utf8 } from '../lib/bytes.js'
import { type FormFields, onlyField } from '../lib/form.js'
import { parseJsonText } from '../lib/json.js'
import type { BodyFormat, Incoming } from '../types.js'

export type { FormFields } from '../lib/form.js'

/** JSON in UTF-8. */
export const json: BodyFormat = { name: 'json', decode: (_, incoming) => incoming.json() }

/** Form fields as an object; a repeated field becomes a list. */
export const form: BodyFormat = { name: 'form', decode: (_, incoming) => fieldsOf(incoming) }

/** Nothing to decode: the payload is the raw body. */
export const bytes: BodyFormat = { name: 'bytes', decode: (body) => body }

/**
 * JSON, or a form whose only field holds the JSON. The bytes decide, not the unsigned content type: a relabelled body must not turn
 * text inside a JSON string into fields.
 */
export function jsonOrForm(field: string): BodyFormat {
  return {
    name: `json or form (${field})`,
    decode: (body, incoming) => (beginsWith(body, `${field}=`) ? jsonIn(incoming, field) : incoming.json()),
  }
}

/** JSON where the body begins with a brace; else form fields, or the JSON that their only field holds. The bytes decide. */
export function jsonOrFields(field: string): BodyFormat {
  return {
    name: `json, form or form (${field})`,
    decode(body, incoming): unknown {
      if (beginsWith(body, '{')) return incoming.json()
      return beginsWith(body, `${field}=`) ? jsonIn(incoming, field) : fieldsOf(incoming)
    },
  }
}

function beginsWith(body: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (body[i] !== text.charCodeAt(i)) return false
  return true
}

function jsonIn(incoming: Incoming, field: string): unknown {
  const [only, ...others] = incoming.form()
  if (only === undefined || only[0] !== field || others.length > 0) {
    throw new RequestError('ERR_BODY_INVALID', { detail: `the form must hold the field ${field} alone` })
  }
  return parseJsonText(only[1])
}

/** An object or a list in JSON; anything else is text, lines of JSON too; undefined without a body. */
export const jsonOrText: BodyFormat = {
  name: 'json or text',
  decode(body, incoming): unknown {
    if (body.length === 0) return undefined
    const text = utf8(body)
    if (text === undefined) throw new RequestError('ERR_BODY_INVALID', { detail: 'not UTF-8' })
    if (!/^\s*[[{]/.test(text)) return text
    try {
      return incoming.json()
    } catch (error) {
      // What is JSON and refused all the same stays refused: a key named __proto__.
      if (isJson(text)) throw error
      return text
    }
  },
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** JSON in the only field of a form. */
export function jsonOnlyField(field: string): BodyFormat {
  return { name: `JSON in the form field ${field} alone`, decode: (_, incoming) => jsonIn(incoming, field) }
}

/** JSON in a field of a form, which may hold others. */
export function jsonField(field: string): BodyFormat {
  return {
    name: `JSON in the form field ${field}`,
    decode(_, incoming): unknown {
      const text = onlyField(incoming.form(), field)
      if (text === undefined) throw new RequestError('ERR_BODY_INVALID', { detail: `the field ${field} is missing` })
      return parseJsonText(text)
    },
  }
}

/** Whether the content type says form fields. The header is not signed. */
export function isForm(incoming: Incoming): boolean {
  return mediaType(incoming) === 'application/x-www-form-urlencoded'
}

/** The content type without parameters, in lower case. */
export function mediaType(incoming: Incoming): string | undefined {
  return incoming.header('content-type')?.split(';')[0]?.trim().toLowerCase()
}

/** Form fields as an object without a prototype; a repeated field becomes a list. */
export function fieldsOf(incoming: Incoming): Record<string, string | string[]> {
  return toFields(incoming.form())
}

/** The same for fields that come from elsewhere, a query. */
export function toFields(given: FormFields): Record<string, string | string[]> {
  const fields = Object.create(null) as Record<string, string | string[]> // null and object are the same type to Object.create
  for (const [name, value] of given) {
    const before = fields[name]
    if (before === undefined) fields[name] = value
    else if (typeof before === 'string') fields[name] = [before, value]
    else before.push(value)
  }
  return fields
}
