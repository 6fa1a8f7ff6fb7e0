import { describe, expect, test } from 'vitest'
import { bytes, form, isForm, json, jsonOrFields, jsonOrForm, mediaType, toFields } from '../../src/schemes/formats.js'
import type { BodyFormat } from '../../src/types.js'
import { incomingOf } from '../support/incoming.js'

function decode(format: BodyFormat, body: string | Uint8Array, type?: string): unknown {
  const incoming = incomingOf({ body, headers: { 'content-type': type } })
  return format.decode(incoming.body, incoming)
}

const invalid = expect.objectContaining({ code: 'ERR_BODY_INVALID' })

test.each<[string, BodyFormat, string, unknown]>([
  ['JSON', json, '{"a":[1]}', { a: [1] }],
  ['a form', form, 'a=1&b=x+y&b=%C3%BC&c', { a: '1', b: ['x y', 'ü'], c: '' }],
  [
    'a form with a key named __proto__',
    form,
    '__proto__=1',
    Object.assign(Object.create(null), { ['__proto__']: '1' }),
  ],
  ['JSON or a form: JSON', jsonOrForm('payload'), '{"payload":1}', { payload: 1 }],
  ['JSON or a form: form', jsonOrForm('payload'), 'payload=%7B%22a%22%3A1%7D', { a: 1 }],
  ['JSON or fields: JSON', jsonOrFields('payload'), '{"a":1}', { a: 1 }],
  ['JSON or fields: JSON in a field', jsonOrFields('payload'), 'payload=%7B%22a%22%3A1%7D', { a: 1 }],
  ['JSON or fields: fields', jsonOrFields('payload'), 'a=1&payload=2', { a: '1', payload: '2' }],
])('%s', (_what, format, body, value) => {
  expect(decode(format, body)).toEqual(value)
})

test('bytes stay as they are', () => {
  expect(decode(bytes, Buffer.from([0xff, 0]))).toEqual(Buffer.from([0xff, 0]))
})

describe('is refused:', () => {
  test.each<[string, BodyFormat, string | Uint8Array]>([
    ['JSON that does not parse', json, '{'],
    ['an empty body', json, ''],
    ['a byte order mark', json, '\ufeff{}'],
    ['text that is not UTF-8', json, Buffer.from([0x22, 0xff, 0x22])],
    ['a key named __proto__', json, '{"__proto__":1}'],
    ['a key named __proto__, escaped', json, '{"\\u005f_proto__":1}'],
    ['a form with broken escapes', form, 'a=%zz'],
    ['a form with a second field beside the payload', jsonOrForm('payload'), 'payload=%7B%7D&x=1'],
    ['two payloads', jsonOrFields('payload'), 'payload=%7B%7D&payload=%7B%7D'],
    ['a payload that is no JSON', jsonOrForm('payload'), 'payload=x'],
    ['a form of another field', jsonOrForm('payload'), 'x=1'],
  ])('%s', (_what, format, body) => {
    expect(() => decode(format, body)).toThrow(invalid)
  })
})

test('the content type decides nothing: a relabelled body is read as what it is', () => {
  const smuggled = JSON.stringify({ comment: 'x&payload={"action":"deleted"}&y' })
  expect(decode(jsonOrForm('payload'), smuggled, 'application/x-www-form-urlencoded')).toEqual(JSON.parse(smuggled))
  expect(decode(jsonOrFields('payload'), smuggled, 'application/x-www-form-urlencoded')).toEqual(JSON.parse(smuggled))
})

test('100,000 fields of one name take no quadratic time, where they did not come in a body', () => {
  const begin = performance.now()
  expect(toFields(Array.from({ length: 100_000 }, () => ['a', ''] as const)).a).toHaveLength(100_000)
  expect(performance.now() - begin).toBeLessThan(2000)
})

test.each([
  ['application/x-www-form-urlencoded', true],
  ['Application/X-WWW-Form-Urlencoded; charset=utf-8', true],
  ['application/json', false],
  [undefined, false],
])('%s is a form: %s', (type, expected) => {
  expect(isForm(incomingOf({ headers: { 'content-type': type } }))).toBe(expected)
})

test('the media type has no parameters', () => {
  expect(mediaType(incomingOf({ headers: { 'content-type': ' Text/XML ; charset=utf-8' } }))).toBe('text/xml')
})
