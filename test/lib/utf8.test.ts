import { randomBytes, randomInt } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../src/lib/bytes.js'
import { decodeThroughUtf16 } from '../../src/lib/decode.js'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function expected(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

const paddings = [0, 4090, 4096, 40_000, 70_000, 1_048_576]

const pieces: readonly (readonly [string, Uint8Array])[] = [
  ['ASCII', Buffer.from('plain')],
  ['two bytes', Buffer.from('é')],
  ['three bytes', Buffer.from('€')],
  ['four bytes', Buffer.from('😀')],
  ['a byte order mark', Buffer.from('\ufeffx')],
  ['NUL', Buffer.from('\0é')],
  ['U+FFFD itself', Buffer.from('\ufffd')],
  ['a lone surrogate', Buffer.from([0xed, 0xa0, 0x80])],
  ['an overlong slash', Buffer.from([0xc0, 0xaf])],
  ['beyond U+10FFFF', Buffer.from([0xf4, 0x90, 0x80, 0x80])],
  ['a continuation alone', Buffer.from([0x80])],
  ['a sequence cut off', Buffer.from([0xe2, 0x82])],
  ['0xFF', Buffer.from([0xff])],
]

describe.each(paddings)('text of some %s bytes', (padding) => {
  test.each(pieces)('is what a strict decoder makes of it: %s', (_, piece) => {
    for (const bytes of [
      Buffer.concat([Buffer.alloc(padding, 'a'), piece]),
      Buffer.concat([piece, Buffer.alloc(padding, 'a')]),
      new Uint8Array(Buffer.concat([Buffer.alloc(padding, 'é'), piece])),
    ]) {
      expect(utf8(bytes)).toBe(expected(bytes))
    }
  })

  test.each(pieces.filter(([, piece]) => expected(piece) !== undefined))(
    'is the same through UTF-16, the way of older runtimes: %s',
    (_, piece) => {
      for (const filler of ['a', 'é']) {
        const text = filler.repeat(padding) + expected(piece)
        expect(decodeThroughUtf16(Buffer.from(`x${text}`).subarray(1))).toBe(text)
      }
    },
  )

  test('keeps to its own part of a larger buffer', () => {
    const whole = Buffer.from(`xx${'é'.repeat(padding)}yy`)
    expect(utf8(whole.subarray(2, whole.length - 2))).toBe('é'.repeat(padding))
  })
})

test('random bytes with random damage', () => {
  for (let round = 0; round < 300; round++) {
    const text = Buffer.from('aé€😀'.repeat(randomInt(1, 2000)))
    for (let damage = randomInt(3); damage > 0; damage--) text[randomInt(text.length)] = randomBytes(1)[0] ?? 0
    expect(utf8(text)).toBe(expected(text))
  }
})
