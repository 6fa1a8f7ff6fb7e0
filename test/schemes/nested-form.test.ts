import { expect, test } from 'vitest'
import { nestedForm } from '../../src/schemes/nested-form.js'
import { incomingOf } from '../support/incoming.js'

function decode(body: string): unknown {
  const incoming = incomingOf({ body })
  return nestedForm.decode(incoming.body, incoming)
}

test.each<[string, unknown]>([
  ['', {}],
  ['type=a&data[id]=1', { type: 'a', data: { id: '1' } }],
  ['data%5Bmerges%5D%5BFNAME%5D=Zo%C3%AB', { data: { merges: { FNAME: 'Zoë' } } }],
  ['a[0][n]=x&a[1][n]=y', { a: [{ n: 'x' }, { n: 'y' }] }],
  ['a[]=x&a[]=y', { a: ['x', 'y'] }],
  ['a[1]=x', { a: { 1: 'x' } }],
  ['a=&b', { a: '', b: '' }],
  ['a[b=1', { 'a[b': '1' }],
  ['[a]=1', { '[a]': '1' }],
  ['a[b]c=1', { 'a[b]c': '1' }],
  ['constructor[prototype]=1&toString=2', { constructor: { prototype: '1' }, toString: '2' }],
])('decodes %s', (body, payload) => {
  expect(JSON.parse(JSON.stringify(decode(body)))).toEqual(payload)
})

test.each([
  ['a value that comes twice', 'a=1&a=2'],
  ['a value that is a group too', 'a=1&a[b]=2'],
  ['a group that is a value too', 'a[b]=2&a=1'],
  ['a place that comes twice', 'a[0]=1&a[0]=2'],
  ['a name that changes prototypes', '__proto__[admin]=1'],
  ['such a name inside', 'a[__proto__][admin]=1'],
  ['17 levels', `a${'[b]'.repeat(16)}=1`],
  ['broken escapes', 'a=%zz'],
])('refuses %s', (_what, body) => {
  expect(() => decode(body)).toThrow(expect.objectContaining({ code: 'ERR_BODY_INVALID' }))
  expect(({} as { admin?: string }).admin).toBeUndefined()
})

test('has no prototype to be mistaken for fields', () => {
  const payload = decode('a[b]=1') as { a: object }
  expect([Object.getPrototypeOf(payload), Object.getPrototypeOf(payload.a)]).toEqual([null, null])
})

test('takes as many places of a list as a form may have', () => {
  expect((decode('a[]=1&'.repeat(999)) as { a: string[] }).a).toHaveLength(999)
})
