import { expect, test } from 'vitest'
import { onlyField, parseForm } from '../../src/lib/form.js'

const invalid = expect.objectContaining({ code: 'ERR_BODY_INVALID' })

test.each<[string, [string, string][]]>([
  ['', []],
  ['a=1', [['a', '1']]],
  [
    'a=1&b=&c&=d',
    [
      ['a', '1'],
      ['b', ''],
      ['c', ''],
      ['', 'd'],
    ],
  ],
  [
    'a=1&&a=2&',
    [
      ['a', '1'],
      ['a', '2'],
    ],
  ],
  ['a=b=c', [['a', 'b=c']]],
  ['a+b=c+d%2B', [['a b', 'c d+']]],
  ['%C3%BC=%F0%9F%9A%80', [['ü', '🚀']]],
  ['ü=ü', [['ü', 'ü']]],
])('%j holds fields in order', (text, fields) => {
  expect(parseForm(Buffer.from(text))).toEqual(fields)
})

test.each([['a=%'], ['a=%zz'], ['%C3=1'], ['a=%FF']])('%s is refused', (text) => {
  expect(() => parseForm(Buffer.from(text))).toThrow(invalid)
})

test('a thousand fields are taken, and no more: they may have to be parsed before the signature is known', () => {
  const fields = (count: number): Buffer => Buffer.from(Array.from({ length: count }, (_, i) => `f${i}=`).join('&'))
  expect(parseForm(fields(1000))).toHaveLength(1000)
  expect(() => parseForm(fields(1001))).toThrow(invalid)
  expect(() => parseForm(Buffer.alloc(1_000_000, '&'))).toThrow(invalid)
})

test('bytes that are not UTF-8 are refused', () => {
  expect(() => parseForm(Buffer.from([0x61, 0x3d, 0xff]))).toThrow(invalid)
})

test('a field that must come once', () => {
  const fields = parseForm(Buffer.from('a=1&b=2&b=3'))
  expect(onlyField(fields, 'a')).toBe('1')
  expect(onlyField(fields, 'c')).toBeUndefined()
  expect(() => onlyField(fields, 'b')).toThrow(invalid)
})
