import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { hmac } from '../../src/schemes/hmac.js'
import { sortedFields, urlAndFields } from '../../src/schemes/url-and-fields.js'
import { urlSpellings } from '../../src/schemes/url-spellings.js'
import type { PublicUrl } from '../../src/types.js'
import { type IncomingParts, incomingOf } from '../support/incoming.js'

const secret = 'a-secret-of-more-than-16-bytes'
const publicUrl = 'https://example.com/hooks?a=1'

function schemeOf(options: { publicUrl?: PublicUrl; lenientUrl?: boolean; bodyHash?: string } = {}) {
  const { signed, body } = urlAndFields({ publicUrl, ...options })
  return { scheme: hmac({ secret, encoding: 'base64', signature: { header: 'sig' }, signed }), body }
}

function sent(text: string, parts: IncomingParts): IncomingParts {
  return { ...parts, headers: { sig: createHmac('sha256', secret).update(text).digest('base64') } }
}

describe('fields', () => {
  test.each<[string, [string, string][], string]>([
    [
      'sorted by name',
      [
        ['b', '2'],
        ['a', '1'],
      ],
      'a1b2',
    ],
    [
      'sorted by code unit, capitals first',
      [
        ['a', '1'],
        ['B', '2'],
        ['é', '3'],
      ],
      'B2a1é3',
    ],
    [
      'sorted by value where the name repeats',
      [
        ['a', 'y'],
        ['a', 'x'],
      ],
      'axay',
    ],
    [
      'once where the value repeats',
      [
        ['a', 'x'],
        ['a', 'x'],
      ],
      'ax',
    ],
    [
      'with empty values',
      [
        ['a', ''],
        ['b', ''],
      ],
      'ab',
    ],
    ['with values as they are', [['a', ' x ']], 'a x '],
    ['none', [], ''],
  ])('%s', (_what, fields, text) => {
    expect(sortedFields(fields)).toBe(text)
  })
})

describe('a form', () => {
  const { scheme, body } = schemeOf()
  const signed = `${publicUrl}Bodyhi + ho!Froms`

  test('is genuine in whatever order and spelling its fields come', () => {
    for (const text of ['Body=hi+%2B+ho%21&From=s', 'From=s&Body=hi%20%2b%20ho!']) {
      expect(scheme.verify(incomingOf(sent(signed, { body: text })))).toMatchObject({
        signed: [publicUrl, 'Bodyhi + ho!Froms'],
      })
    }
  })
  test.each([
    ['a field more', 'Body=hi+%2B+ho%21&From=s&Admin=1'],
    ['a field less', 'Body=hi+%2B+ho%21'],
    ['no field', ''],
    ['another value', 'Body=hi+%2B+hi%21&From=s'],
  ])('is refused with %s', (_what, text) => {
    expect(scheme.verify(incomingOf(sent(signed, { body: text })))).toBe('ERR_SIGNATURE_MISMATCH')
  })
  test('is handed on as fields, repeated ones as lists', () => {
    const incoming = incomingOf({ body: 'a=1&a=2&b=' })
    expect({ ...(body.decode(incoming.body, incoming) as object) }).toEqual({ a: ['1', '2'], b: '' })
  })
  test('covers the URL and the fields, not the bytes', () => {
    expect(scheme.coverage).toEqual({ fields: ['url', 'form fields'] })
  })
})

describe('a body that is no form', () => {
  const json = '{"a":1}'
  const hash = createHash('sha256').update(json).digest('hex')
  const { scheme, body } = schemeOf({ bodyHash: 'sum', lenientUrl: true })
  const url = `/hooks?a=1&sum=${hash}`
  const signed = `https://example.com${url}`

  test('is genuine where the signed URL holds its hash', () => {
    expect(scheme.verify(incomingOf(sent(signed, { url, body: json })))).toMatchObject({ signed: [signed, ''] })
    const incoming = incomingOf({ url, body: json })
    expect(body.decode(incoming.body, incoming)).toEqual({ a: 1 })
  })
  test.each([
    ['another body', { url, body: '{"a":2}' }],
    ['no body', { url, body: '' }],
    ['another hash', { url: '/hooks?a=1&sum=00', body: json }],
    ['the hash in capitals', { url: `/hooks?a=1&sum=${hash.toUpperCase()}`, body: json }],
    ['no hash, so that nothing covers the body', { url: '/hooks?a=1', body: json }],
  ])('is refused with %s', (_what, parts) => {
    const text = `https://example.com${parts.url}`
    expect(scheme.verify(incomingOf(sent(text, parts)))).toBe('ERR_SIGNATURE_MISMATCH')
  })
})

describe('a GET request', () => {
  const { scheme, body } = schemeOf({ lenientUrl: true })
  test('is genuine with the query that was signed, and its fields are those of the query', () => {
    const url = '/hooks?a=1&Digits=5'
    const incoming = incomingOf(sent(`https://example.com${url}`, { method: 'GET', url }))
    expect(scheme.verify(incoming)).toMatchObject({ coverage: { fields: ['url', 'form fields'] } })
    expect({ ...(body.decode(incoming.body, incoming) as object) }).toEqual({ a: '1', Digits: '5' })
  })
  test('hands on the signed query, whatever the request says, where a function tells the URL', () => {
    const fixed = schemeOf({ publicUrl: () => 'https://example.com/hooks?a=1' })
    const incoming = incomingOf({ method: 'GET', url: '/hooks?a=2&admin=1' })
    expect({ ...(fixed.body.decode(incoming.body, incoming) as object) }).toEqual({ a: '1' })
  })
  test('keeps the configured query where the request has none', () => {
    const incoming = incomingOf(sent(publicUrl, { method: 'GET', url: '/hooks' }))
    expect(scheme.verify(incoming)).toMatchObject({ signed: [publicUrl, ''] })
  })
})

describe('spellings of a URL', () => {
  test.each<[string, string[]]>([
    ['https://a.b/c', ['https://a.b/c', 'https://a.b:443/c']],
    ['http://a.b/c', ['http://a.b/c', 'http://a.b:80/c']],
    ['https://a.b:8443/c', ['https://a.b/c', 'https://a.b:8443/c']],
    ['https://u:p@a.b/c', ['https://u:p@a.b/c', 'https://u:p@a.b:443/c']],
    ['https://[::1]:8443/c', ['https://[::1]/c', 'https://[::1]:8443/c']],
    [
      "https://a.b/c?d='e+f",
      [
        "https://a.b/c?d='e+f",
        "https://a.b:443/c?d='e+f",
        'https://a.b/c?d=%27e+f',
        'https://a.b:443/c?d=%27e+f',
        "https://a.b/c?d='e%20f",
        "https://a.b:443/c?d='e%20f",
      ],
    ],
    ['https://a.b/c?d=%zz', ['https://a.b/c?d=%zz', 'https://a.b:443/c?d=%zz']],
    ['no URL', ['no URL']],
  ])('%s', (url, spellings) => {
    expect(urlSpellings(url)).toEqual(spellings)
  })
})

test.each(['', 'example.com/hooks', '//example.com', 'ftp://example.com', undefined])(
  'refuses %j as publicUrl',
  (given) => {
    expect(() => urlAndFields({ publicUrl: given as string })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  },
)
