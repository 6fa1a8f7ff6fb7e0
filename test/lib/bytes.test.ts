import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { equalBytes, equalText, utf8 } from '../../src/lib/bytes.js'
import { digest } from '../../src/lib/crypto.js'

test.each([
  ['equal bytes', [1, 2], [1, 2], true],
  ['another byte', [1, 2], [1, 3], false],
  ['another length', [1, 2], [1, 2, 3], false],
  ['nothing', [], [], true],
])('%s', (_what, a, b, expected) => {
  expect(equalBytes(Uint8Array.from(a), Uint8Array.from(b))).toBe(expected)
})

test.each([
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'aa', false],
  ['', '', true],
  ['ü', 'u\u0308', false],
])('%j and %j as texts', (a, b, expected) => {
  expect(equalText(a, b)).toBe(expected)
})

test('bytes are text where they are UTF-8, and a byte order mark stays', () => {
  expect(utf8(Buffer.from('ü\ufeff'))).toBe('ü\ufeff')
  expect(utf8(Buffer.from('\ufeffa'))).toBe('\ufeffa')
  expect(utf8(Buffer.from([0xc3]))).toBeUndefined()
})

test('a digest over parts is the digest over all of them', () => {
  expect(digest('sha256', ['a', Buffer.from('ü'), ''])).toEqual(createHash('sha256').update('aü').digest())
})
