import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/errors.js'
import { type EitherOptions, either } from '../../src/schemes/either.js'
import { hmac } from '../../src/schemes/hmac.js'
import { body, header } from '../../src/schemes/parts.js'
import { token } from '../../src/schemes/token.js'
import { incomingOf } from '../support/incoming.js'

const secret = 'short'
const signed = hmac({ secret, signature: { header: 'x-signature' }, signed: [header('x-id'), body] })
const also = hmac({ secret, signature: { header: 'y-signature' }, signed: [header('y-id'), body] })
const plain = token({ token: 'the token', header: 'x-token' })
const inQuery = token({ token: 'the token', query: 'key' })
const good = createHmac('sha256', secret).update('1hello').digest('hex')
const bad = createHmac('sha256', secret).update('2hello').digest('hex')

describe('either', () => {
  const scheme = either({ schemes: [signed, plain] })

  test('lets the first one present decide alone: a token is no fallback for a bad signature', () => {
    const both = (signature: string) =>
      incomingOf({ headers: { 'x-signature': signature, 'x-id': '1', 'x-token': 'the token' }, body: 'hello' })
    expect(scheme.verify(both(good))).toMatchObject({ coverage: 'full' })
    expect(scheme.verify(both(bad))).toBe('ERR_SIGNATURE_MISMATCH')
    expect(scheme.verify(incomingOf({ headers: { 'x-token': 'the token' } }))).toMatchObject({ coverage: 'token' })
  })

  test('asks for the other headers of the one that decides', () => {
    expect(scheme.verify(incomingOf({ headers: { 'x-signature': good }, body: 'hello' }))).toBe('ERR_HEADER_INVALID')
  })

  test('promises the weakest coverage, and what any of them has', () => {
    expect(scheme).toMatchObject({
      coverage: 'token',
      timestamped: false,
      kind: 'hmac or token',
      requires: [{ anyOf: ['x-signature', 'x-token'], code: 'ERR_SIGNATURE_MISSING' }],
    })
    expect(scheme.warnings).toHaveLength(1)
  })

  test('warns once for what two of them warn of', () => {
    expect(either({ schemes: [signed, also] }).warnings).toHaveLength(1)
  })

  test('needs no header where the last one needs none', () => {
    const last = either({ schemes: [signed, inQuery] })
    expect(last.requires).toEqual([])
    expect(last.verify(incomingOf({ url: '/?key=the%20token' }))).toMatchObject({ coverage: 'token' })
    expect(last.verify(incomingOf({}))).toBe('ERR_CREDENTIALS_MISSING')
  })

  test('of one is that one', () => {
    expect(either({ schemes: [signed] })).toBe(signed)
  })
})

describe('exclusive', () => {
  const scheme = either({ schemes: [signed, also], exclusive: true })

  test.each([
    ['a whole second family', { 'y-signature': bad, 'y-id': '2' }],
    ['the id of the second family', { 'y-id': '2' }],
  ])('refuses %s beside the first', (_what, more) => {
    const headers = { 'x-signature': good, 'x-id': '1', ...more }
    expect(() => scheme.verify(incomingOf({ headers, body: 'hello' }))).toThrow(
      expect.objectContaining({ code: 'ERR_HEADER_INVALID' }),
    )
  })

  test('accepts each family alone', () => {
    expect(scheme.verify(incomingOf({ headers: { 'x-signature': good, 'x-id': '1' }, body: 'hello' }))).toMatchObject({
      coverage: 'full',
    })
    expect(scheme.verify(incomingOf({ headers: { 'y-signature': good, 'y-id': '1' }, body: 'hello' }))).toMatchObject({
      coverage: 'full',
    })
  })
})

test.each<[string, object]>([
  ['no schemes', { schemes: [] }],
  ['something else', { schemes: signed }],
  ['one without a header before another', { schemes: [inQuery, signed] }],
])('a ConfigError is thrown for %s', (_what, options) => {
  expect(() => either(options as EitherOptions)).toThrow(ConfigError)
  expect(() => either(options as EitherOptions)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
})
