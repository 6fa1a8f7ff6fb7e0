import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/errors.js'
import { type BasicOptions, basic } from '../../src/schemes/basic.js'
import { type TokenOptions, token } from '../../src/schemes/token.js'
import { incomingOf } from '../support/incoming.js'

describe('token', () => {
  const inHeader = token({ token: ['the new token', 'the old token'], header: 'x-token' })
  const bearer = token({ token: 'the token', header: 'authorization', prefix: 'Bearer ' })
  const inQuery = token({ token: 'the token', query: 'key' })

  test.each([
    ['a header', inHeader, incomingOf({ headers: { 'X-Token': 'the old token' } })],
    ['a header with a prefix', bearer, incomingOf({ headers: { authorization: 'Bearer the token' } })],
    ['the query', inQuery, incomingOf({ url: '/hooks?a=1&key=the%20token' })],
  ])('in %s is accepted and authenticates the sender only', (_where, scheme, incoming) => {
    expect(scheme.verify(incoming)).toMatchObject({ coverage: 'token', signed: [] })
  })

  test.each([
    ['wrong', inHeader, incomingOf({ headers: { 'x-token': 'the token' } }), 'ERR_CREDENTIALS_MISMATCH'],
    [
      'right but for its last letter',
      inHeader,
      incomingOf({ headers: { 'x-token': 'the old toke' } }),
      'ERR_CREDENTIALS_MISMATCH',
    ],
    ['longer', inHeader, incomingOf({ headers: { 'x-token': 'the old tokens' } }), 'ERR_CREDENTIALS_MISMATCH'],
    ['missing', inHeader, incomingOf({}), 'ERR_CREDENTIALS_MISSING'],
    ['empty', inHeader, incomingOf({ headers: { 'x-token': '' } }), 'ERR_CREDENTIALS_MISSING'],
    ['without its prefix', bearer, incomingOf({ headers: { authorization: 'the token' } }), 'ERR_CREDENTIALS_MISSING'],
    ['missing in the query', inQuery, incomingOf({ url: '/hooks' }), 'ERR_CREDENTIALS_MISSING'],
  ])('that is %s is refused', (_what, scheme, incoming, code) => {
    expect(scheme.verify(incoming)).toBe(code)
  })

  test.each([
    [
      'header',
      inHeader,
      incomingOf({ headers: { 'x-token': ['the old token', 'the old token'] } }),
      'ERR_HEADER_DUPLICATED',
    ],
    ['query parameter', inQuery, incomingOf({ url: '/?key=the%20token&key=x' }), 'ERR_QUERY_DUPLICATED'],
  ])('in a %s that comes twice is refused', (_what, scheme, incoming, code) => {
    expect(() => scheme.verify(incoming)).toThrow(expect.objectContaining({ code }))
  })

  test('may come from a function', async () => {
    const scheme = token({ token: ({ url }) => ({ tenant: url, secret: 'the token' }), header: 'x-token' })
    await expect(scheme.verify(incomingOf({ url: '/a', headers: { 'x-token': 'the token' } }))).resolves.toMatchObject({
      tenant: '/a',
    })
    await expect(scheme.verify(incomingOf({ url: '/a', headers: { 'x-token': 'no' } }))).resolves.toBe(
      'ERR_CREDENTIALS_MISMATCH',
    )
  })

  test.each<[string, object, string]>([
    ['neither header nor query', { token: 'a' }, 'ERR_OPTION_INVALID'],
    ['both', { token: 'a', header: 'x', query: 'y' }, 'ERR_OPTION_INVALID'],
    ['a header in capitals', { token: 'a', header: 'X-Token' }, 'ERR_OPTION_INVALID'],
    ['an unknown option', { token: 'a', heder: 'x' }, 'ERR_OPTION_UNKNOWN'],
    ['no token', { header: 'x' }, 'ERR_SECRET_INVALID'],
  ])('throws a ConfigError for %s', (_what, options, code) => {
    expect(() => token(options as TokenOptions)).toThrow(ConfigError)
    expect(() => token(options as TokenOptions)).toThrow(expect.objectContaining({ code }))
  })
})

describe('basic', () => {
  const scheme = basic({ username: 'Aladdin', password: 'open sesame' })
  const sent = (text: string) => incomingOf({ headers: { authorization: text } })
  const encoded = (text: string): string => Buffer.from(text).toString('base64')

  test('accepts the example of RFC 7617', () => {
    expect(scheme.verify(sent('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='))).toMatchObject({ coverage: 'token' })
    expect(scheme.verify(sent('basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='))).toMatchObject({ coverage: 'token' })
  })

  test('takes colons and other letters in the password, and an empty user name', () => {
    const other = basic({ username: '', password: 'a:b:ü' })
    expect(other.verify(sent(`Basic ${encoded(':a:b:ü')}`))).toMatchObject({ coverage: 'token' })
  })

  test.each([
    ['another password', `Basic ${encoded('Aladdin:open sesamy')}`, 'ERR_CREDENTIALS_MISMATCH'],
    ['another user name', `Basic ${encoded('aladdin:open sesame')}`, 'ERR_CREDENTIALS_MISMATCH'],
    ['no colon', `Basic ${encoded('Aladdin')}`, 'ERR_CREDENTIALS_MISSING'],
    ['an empty password', `Basic ${encoded('Aladdin:')}`, 'ERR_CREDENTIALS_MISSING'],
    ['base64 without padding', `Basic ${encoded('Aladdin:open sesame').replace(/=+$/, '')}`, 'ERR_CREDENTIALS_MISSING'],
    [
      'bytes that are not UTF-8',
      `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString('base64')}`,
      'ERR_CREDENTIALS_MISSING',
    ],
    ['another scheme', 'Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'ERR_CREDENTIALS_MISSING'],
    ['an empty header', '', 'ERR_CREDENTIALS_MISSING'],
  ])('refuses %s', (_what, text, code) => {
    expect(scheme.verify(sent(text))).toBe(code)
  })

  test.each<[string, object, string]>([
    ['a user name with a colon', { username: 'a:b', password: 'x' }, 'ERR_OPTION_INVALID'],
    ['no user name', { password: 'x' }, 'ERR_OPTION_INVALID'],
    ['no password', { username: 'a' }, 'ERR_SECRET_INVALID'],
    ['an unknown option', { username: 'a', pasword: 'x' }, 'ERR_OPTION_UNKNOWN'],
  ])('throws a ConfigError for %s', (_what, options, code) => {
    expect(() => basic(options as BasicOptions)).toThrow(ConfigError)
    expect(() => basic(options as BasicOptions)).toThrow(expect.objectContaining({ code }))
  })
})
