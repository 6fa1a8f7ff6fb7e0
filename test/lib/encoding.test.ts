import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, type Encoding } from '../../src/lib/encoding.js'

const encodings = ['hex', 'hex-any-case', 'base64', 'base64url'] as const

function encode(bytes: Uint8Array, encoding: Encoding): string {
  return Buffer.from(bytes).toString(encoding === 'hex-any-case' ? 'hex' : encoding)
}

describe.each(encodings)('%s', (encoding) => {
  test('decodes what Node encodes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), (bytes) => {
        expect(decode(encode(bytes, encoding), encoding)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  test('decodes nothing but canonical text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0aAfFgG+/-_= \n='), maxLength: 12 }), (text) => {
        const bytes = decode(text, encoding)
        const canonical = encoding === 'hex-any-case' ? text.toLowerCase() : text
        if (bytes !== undefined) expect(encode(bytes, encoding)).toBe(canonical)
      }),
      { numRuns: 2000 },
    )
  })
})

test.each<[Encoding, string]>([
  ['hex', ''],
  ['hex', 'a'],
  ['hex', 'AA'],
  ['hex', 'aa '],
  ['hex', 'ａａ'],
  ['base64', 'AA'],
  ['base64', 'AB=='],
  ['base64', 'AA==='],
  ['base64', 'A\nA=='],
  ['base64', '-_8='],
  ['base64url', 'AA=='],
  ['base64url', 'AB'],
  ['base64url', '+/8'],
])('%s refuses %j', (encoding, text) => {
  expect(decode(text, encoding)).toBeUndefined()
})
