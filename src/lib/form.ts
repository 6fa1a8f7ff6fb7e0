import { RequestError } from '../errors.js'
import { utf8 } from './bytes.js'

export type FormFields = readonly (readonly [name: string, value: string])[]

/** As many as express.urlencoded takes: some vendors sign the fields, so that whoever knows no secret has them parsed. */
const MAX_FIELDS = 1000

/** Parses application/x-www-form-urlencoded, in order. Throws RequestError ERR_BODY_INVALID for broken escapes or text, and above 1000 fields. */
export function parseForm(bytes: Uint8Array): FormFields {
  const text = utf8(bytes)
  if (text !== undefined && text.split('&', MAX_FIELDS + 1).length > MAX_FIELDS)
    throw new RequestError('ERR_BODY_INVALID', { detail: `more than ${MAX_FIELDS} form fields` })
  const fields = text === undefined ? undefined : parseFormText(text)
  if (fields === undefined) throw new RequestError('ERR_BODY_INVALID', { detail: 'not form fields' })
  return fields
}

/** Undefined for broken escapes. */
export function parseFormText(text: string): FormFields | undefined {
  try {
    return text
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const at = pair.indexOf('=')
        return at < 0 ? [unescaped(pair), ''] : [unescaped(pair.slice(0, at)), unescaped(pair.slice(at + 1))]
      })
  } catch {
    return undefined
  }
}

function unescaped(text: string): string {
  return /[%+]/.test(text) ? decodeURIComponent(text.replaceAll('+', ' ')) : text
}

/** The value of a field that must not come twice; undefined when absent. Throws RequestError ERR_BODY_INVALID. */
export function onlyField(fields: FormFields, name: string): string | undefined {
  const found = fields.filter(([key]) => key === name)
  if (found.length > 1) throw new RequestError('ERR_BODY_INVALID', { detail: `the field ${name} comes twice` })
  return found[0]?.[1]
}
