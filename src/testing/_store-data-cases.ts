import assert from 'node:assert/strict'
import type { StoreCase } from './_store-record.js'

const odd: readonly (readonly [name: string, text: string])[] = [
  ['a NUL character', 'a\0b'],
  ['only a NUL character', '\0'],
  ['text beyond ASCII, astral characters included', 'Grüße 事件 🪝 \u{10FFFF}'],
  ['combining and composed forms', 'e\u0301 \u00e9'],
  ['control characters and line ends', '\u0001\t\r\n\u007f\u2028'],
  ['quotes, backslashes and wildcards', `'"\`\\%_$1 ; -- {} [] , : =`],
  ['leading and trailing blanks', '  a  '],
  ['digits that a number type would change', '0012345678901234567890.50'],
  ['text that reads like JSON', '{"a":[1,null,true]}'],
  ['the word null', 'null'],
]

const survives = (text: string): StoreCase[1] => {
  return async (record) => {
    assert.equal((await record.wins('a', { tag: text })).tag, text)
    assert.equal((await record.meets('busy', 'b')).tag, text)
    await record.finishes('ok', 'a', 'free', { progress: text, result: text })
    const again = await record.wins('c')
    assert.deepEqual([again.tag, again.progress, again.result], [text, text, text])
    await record.finishes('ok', 'c', 'done', { result: text })
    assert.deepEqual(await record.meets('done', 'd'), { status: 'done', result: text, tag: text })
  }
}

/** Pairs that a careless column type or cache would take for one key. */
const pairs: readonly (readonly [name: string, one: string, other: string])[] = [
  ['case', 'hp1:aB', 'hp1:ab'],
  ['a trailing blank', 'hp1:a', 'hp1:a '],
  ['the composed form of a letter', 'hp1:e\u0301', 'hp1:\u00e9'],
  ['leading zeros', 'hp1:1', 'hp1:01'],
  ['the last of 512 characters', `${'k'.repeat(466)}1`, `${'k'.repeat(466)}2`],
  ['a wildcard', 'hp1:a%', 'hp1:ab'],
]

/** What goes in comes out. */
export const dataCases: readonly StoreCase[] = [
  ...odd.map(([name, text]): StoreCase => [`tag, progress and result keep ${name}`, survives(text)]),
  ['a tag of 512 characters is kept', survives('é'.repeat(512))],
  ['an empty tag is kept', survives('')],
  ['a result of 8 KiB is kept', survives('r'.repeat(8 * 1024))],
  ...pairs.map(
    ([name, one, other]): StoreCase => [
      `keys that differ in ${name} are two records`,
      async (record, another) => {
        const base = record.key
        await another(base + one).settled('a', 'done')
        assert.equal((await another(base + other).wins('b')).attempt, 1)
        await another(base + one).meets('done', 'c')
      },
    ],
  ),
]
