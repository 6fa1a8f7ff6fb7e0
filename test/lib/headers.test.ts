import { describe, expect, test } from 'vitest'
import { allHeaders, singleHeader } from '../../src/lib/headers.js'
import type { HeaderFields } from '../../src/types.js'

const twice = expect.objectContaining({ code: 'ERR_HEADER_DUPLICATED' })

describe('one header', () => {
  test.each<[string, HeaderFields, string | undefined]>([
    ['of that name', { 'x-id': 'a' }, 'a'],
    ['in another case', { 'X-ID': 'a' }, 'a'],
    ['as a list of one', { 'x-id': ['a'] }, 'a'],
    ['that is empty', { 'x-id': '' }, ''],
    ['that is undefined', { 'x-id': undefined }, undefined],
    ['that is not there', { 'x-other': 'a' }, undefined],
    ['of a Headers object', new Headers({ 'X-Id': 'a' }), 'a'],
    ['that a Headers object has not', new Headers(), undefined],
    ['called get, of a plain object', { get: 'x', 'x-id': 'a' }, 'a'],
  ])('%s', (_what, headers, expected) => {
    expect(singleHeader({ headers }, 'x-id')).toBe(expected)
  })

  test('comes from rawHeaders where the platform has them', () => {
    const headers = { 'x-id': 'joined, by the platform' }
    expect(singleHeader({ headers, rawHeaders: ['X-Other', 'x-id', 'X-Id', 'a'] }, 'x-id')).toBe('a')
    expect(singleHeader({ headers, rawHeaders: ['X-Other', 'b'] }, 'x-id')).toBeUndefined()
  })

  test.each<[string, { headers: HeaderFields; rawHeaders?: string[] }]>([
    ['as a list', { headers: { 'x-id': ['a', 'a'] } }],
    ['in two cases', { headers: { 'x-id': 'a', 'X-Id': 'a' } }],
    ['in rawHeaders', { headers: {}, rawHeaders: ['x-id', 'a', 'X-ID', 'b'] }],
  ])('that comes twice %s is refused', (_what, request) => {
    expect(() => singleHeader(request, 'x-id')).toThrow(twice)
  })
})

test.each<[string, HeaderFields]>([
  ['a plain object', { A: '1', b: ['2', '3'], c: undefined, a: '4' }],
  [
    'a Headers object',
    new Headers([
      ['a', '1'],
      ['a', '4'],
      ['b', '2'],
      ['b', '3'],
    ]),
  ],
])('all headers of %s have names in lower case, repeated ones are joined', (_what, headers) => {
  expect({ ...allHeaders(headers) }).toEqual({ a: '1, 4', b: '2, 3' })
})
