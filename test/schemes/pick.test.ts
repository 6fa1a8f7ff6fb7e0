import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { choice } from '../../src/schemes/choice.js'
import { contentId } from '../../src/schemes/content-id.js'
import { joinId, pick, pickList, pickText, retryOf, timeOf } from '../../src/schemes/pick.js'

const payload = { a: { b: 'x', empty: '', list: [1] }, n: 7 }

test('finds what stands at a path, and nothing that is inherited', () => {
  expect(pick(payload, 'a', 'b')).toBe('x')
  for (const path of [
    ['a', 'c'],
    ['n', 'b'],
    ['a', 'b', 'length'],
    ['toString'],
    ['constructor', 'name'],
    ['__proto__'],
  ]) {
    expect(pick(payload, ...path)).toBeUndefined()
  }
  expect(pick(undefined, 'a')).toBeUndefined()
})

test('texts and lists only where they are some', () => {
  expect([pickText(payload, 'a', 'b'), pickText(payload, 'a', 'empty'), pickText(payload, 'n')]).toEqual([
    'x',
    undefined,
    undefined,
  ])
  expect([pickList(payload, 'a', 'list'), pickList(payload, 'a')]).toEqual([[1], []])
})

test.each<[unknown[], string | undefined]>([
  [['a', 1], 'a:1'],
  [['a', undefined], undefined],
  [['a', ''], undefined],
  [['a', 1.5], undefined],
  [['a', 2 ** 53], undefined],
  [['a', {}], undefined],
])('joins %j to %s', (parts, id) => {
  expect(joinId(...parts)).toBe(id)
})

test.each<[unknown, 0 | 1, number | undefined]>([
  [0, 0, undefined],
  [2, 0, 2],
  ['1', 1, undefined],
  ['3', 1, 2],
  [undefined, 0, undefined],
  ['x', 1, undefined],
  ['1.5', 1, undefined],
])('attempt %j counted from %i is retry %s', (count, first, number) => {
  expect(retryOf(count, first)?.number).toBe(number)
})

test.each([
  ['2025-10-09T08:53:20Z', 1_760_000_000_000],
  ['yesterday', undefined],
  [undefined, undefined],
])('%s is %s', (text, time) => {
  expect(timeOf(text)).toBe(time)
})

describe('an id made from content', () => {
  test('is the same for the same content, another for any other', () => {
    expect(contentId('a', { b: 1 })).toBe(createHash('sha256').update('["a",{"b":1}]').digest('hex'))
    const ids = [
      contentId('a', 'b'),
      contentId('ab'),
      contentId('a', 'b', undefined),
      contentId('a', ['b']),
      contentId('b', 'a'),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })
})

test('a choice is the first unless another one is made, and never anything else', () => {
  expect([choice('x', 'y', undefined, ['a', 'b']), choice('x', 'y', 'b', ['a', 'b'])]).toEqual(['a', 'b'])
  expect(() => choice('x', 'y', 'c' as 'a', ['a', 'b'])).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
  )
})
