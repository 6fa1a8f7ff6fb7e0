import { describe, expect, test } from 'vitest'
import { parseJson, parseJsonText } from '../../src/lib/json.js'

const invalid = expect.objectContaining({ code: 'ERR_BODY_INVALID' })

test.each([
  ['{"a":[1,null,"ü"]}'],
  ['1'],
  ['"\\u00e9"'],
  ['{"note":"a __proto__ in a text"}'],
  ['{"a":"\\u005f\\u005fproto"}'],
])('%s is parsed as JSON.parse does', (text) => {
  expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text))
})

describe('is refused:', () => {
  test.each([
    ['an empty body', ''],
    ['half of it', '{"a":'],
    ['two values', '{}{}'],
    ['a byte order mark', '\ufeff{}'],
    ['a key named __proto__', '{"__proto__":{}}'],
    ['one deep inside', '[[{"a":{"__proto__":1}}]]'],
    ['one written in escapes', '{"\\u005f\\u005fproto\\u005f\\u005f":1}'],
    ['one with an escaped letter', '{"__\\u0070roto__":1}'],
  ])('%s', (_what, text) => {
    expect(() => parseJson(Buffer.from(text))).toThrow(invalid)
  })

  test.each([
    ['"__proto__"', 'ASCII', 'x'],
    ['"__proto__"', 'text', 'é'],
    ['"\\u005f\\u005fproto__"', 'ASCII', 'x'],
    ['"\\u005f\\u005fproto__"', 'text', 'é'],
  ])('the key %s behind 100 KB of %s', (key, _what, filler) => {
    const text = `{"long":"${filler.repeat(102_400)}",${key}:1}`
    expect(() => parseJson(Buffer.from(text))).toThrow(invalid)
    expect(() => parseJson(new Uint8Array(Buffer.from(text)))).toThrow(invalid)
  })

  test('bytes that are not UTF-8', () => {
    expect(() => parseJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toThrow(invalid)
  })
})

test('no message quotes the body', () => {
  try {
    parseJsonText('{"password": hunter2}')
    expect.unreachable()
  } catch (error) {
    expect(JSON.stringify([String(error), (error as Error).cause])).not.toContain('hunter2')
  }
})

test('100,000 levels need no stack', () => {
  const deep = `${'[{"\\u0061":'.repeat(50_000)}1${'}]'.repeat(50_000)}`
  expect(() => parseJsonText(deep)).not.toThrow()
  expect(() => parseJsonText(`[${deep},{"__proto__":1}]`)).toThrow(invalid)
})
