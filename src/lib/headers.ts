import { RequestError } from '../errors.js'
import type { HeaderFields, WebhookRequest } from '../types.js'

/** One field's value, by a name in lower case. Throws RequestError ERR_HEADER_DUPLICATED where it came more than once. */
export function singleHeader(
  request: Pick<WebhookRequest, 'headers' | 'rawHeaders'>,
  name: string,
): string | undefined {
  const raw = request.rawHeaders
  if (raw !== undefined) return fromRaw(raw, name)
  const fields = request.headers
  if (isHeaders(fields)) return fields.get(name) ?? undefined
  let found: string | undefined
  for (const key in fields) {
    if (!isNamed(key, name)) continue
    const value = fields[key]
    if (value === undefined) continue
    if (found !== undefined || (typeof value !== 'string' && value.length > 1)) throw duplicated(name)
    found = typeof value === 'string' ? value : value[0]
  }
  return found
}

function fromRaw(raw: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const key = raw[i] as string // i is below the length
    if (!isNamed(key, name)) continue
    if (found !== undefined) throw duplicated(name)
    found = raw[i + 1]
  }
  return found
}

/** Length and first letter settle nearly every comparison. */
function isNamed(key: string, name: string): boolean {
  if (key.length !== name.length) return false
  return key === name || ((key.charCodeAt(0) | 0x20) === (name.charCodeAt(0) | 0x20) && key.toLowerCase() === name)
}

function duplicated(name: string): RequestError {
  return new RequestError('ERR_HEADER_DUPLICATED', { detail: name })
}

/** All fields, names in lower case, repeated ones joined by ', '. */
export function allHeaders(fields: HeaderFields): Readonly<Record<string, string>> {
  const all: Record<string, string> = Object.create(null) as Record<string, string>
  const add = (value: string, name: string): void => {
    const key = name.toLowerCase()
    all[key] = all[key] === undefined ? value : `${all[key]}, ${value}`
  }
  if (isHeaders(fields)) fields.forEach(add)
  else {
    for (const [name, value] of Object.entries(fields)) {
      for (const one of typeof value === 'string' ? [value] : (value ?? [])) add(one, name)
    }
  }
  return all
}

function isHeaders(fields: HeaderFields): fields is Extract<HeaderFields, { get(name: string): string | null }> {
  return typeof fields.get === 'function'
}
