import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { ConfigError } from '../../src/errors.js'
import { type IdSource, type Location, locate, locateId } from '../../src/schemes/locate.js'
import type { Message } from '../../src/types.js'
import { incomingOf } from '../support/incoming.js'

const message = incomingOf({ headers: { 'X-Id': 'a' }, body: 'hello' }) as Message // no payload is asked for
const payload = { id: 7, items: [{ id: 'b' }], none: null }

test.each<[IdSource, string | number | undefined]>([
  [{ header: 'x-id' }, 'a'],
  [{ header: 'x-other' }, undefined],
  [{ path: 'id' }, 7],
  [{ path: 'items.0.id' }, 'b'],
  [{ path: 'items.1.id' }, undefined],
  [{ path: 'items' }, undefined],
  [{ path: 'none' }, undefined],
  [{ path: 'constructor.name' }, undefined],
  ['body-hash', createHash('sha256').update('hello').digest('hex')],
])('%j is %s', (source, expected) => {
  expect(locateId(source)(payload, message)).toBe(expected)
})

test.each([
  [undefined],
  [null],
  ['body'],
  [{}],
  [{ header: 'x-id', path: 'id' }],
  [{ path: '' }],
  [{ header: 'X-Id' }],
])('%j throws a ConfigError with the cure', (source) => {
  expect(() => locateId(source as IdSource)).toThrow(ConfigError)
  expect(() => locateId(source as IdSource)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
})

test('a message names the option', () => {
  expect(() => locate({} as Location, 'type')).toThrow('type must be { header } or { path }')
})
