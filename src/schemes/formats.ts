import { RequestError } from '../errors.js'
import { onlyField } from '../lib/form.js'
import { parseJsonText } from '../lib/json.js'
import type { BodyFormat, Incoming } from '../types.js'

/** JSON in UTF-8. */
export const json: BodyFormat = { name: 'json', decode: (_, incoming) => incoming.json() }

/** Form fields as an object; a repeated field becomes a list. */
export const form: BodyFormat = { name: 'form', decode: (_, incoming) => fieldsOf(incoming) }

/** JSON, or a form one of whose fields holds the JSON. */
export function jsonOrForm(field: string): BodyFormat {
  return {
    name: `json or form (${field})`,
    decode(_, incoming): unknown {
      if (!isForm(incoming)) return incoming.json()
      const text = onlyField(incoming.form(), field)
      if (text === undefined) throw new RequestError('ERR_BODY_INVALID', { detail: `the field ${field} is missing` })
      return parseJsonText(text)
    },
  }
}

/** Nothing to decode: the payload is the raw body. */
export const bytes: BodyFormat = { name: 'bytes', decode: (body) => body }

/** Whether the content type says form fields. */
export function isForm(incoming: Incoming): boolean {
  return mediaType(incoming) === 'application/x-www-form-urlencoded'
}

/** The content type without parameters, in lower case. */
export function mediaType(incoming: Incoming): string | undefined {
  return incoming.header('content-type')?.split(';')[0]?.trim().toLowerCase()
}

/** Form fields as an object without a prototype; a repeated field becomes a list. */
export function fieldsOf(incoming: Incoming): Record<string, string | string[]> {
  const fields = Object.create(null) as Record<string, string | string[]>
  for (const [name, value] of incoming.form()) {
    const before = fields[name]
    fields[name] = before === undefined ? value : typeof before === 'string' ? [before, value] : [...before, value]
  }
  return fields
}
