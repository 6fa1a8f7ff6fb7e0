import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/errors.js'
import { header, pathOf, publicUrlOf } from '../../src/schemes/parts.js'
import type { PublicUrl } from '../../src/types.js'
import { incomingOf } from '../support/incoming.js'

describe('the public URL', () => {
  const incoming = incomingOf({ url: '/hooks?x=1', headers: { host: 'evil.test', 'x-forwarded-host': 'evil.test' } })

  test.each<[string, PublicUrl, string]>([
    ['in full', 'https://example.com/other?y=2', 'https://example.com/other?y=2'],
    ['in full, with user and port', 'https://u:p@example.com:8443/h', 'https://u:p@example.com:8443/h'],
    ['of the root', 'https://example.com/', 'https://example.com/'],
    ['without a path but with a query', 'https://example.com?y=2', 'https://example.com?y=2'],
    ['as an origin', 'https://example.com', 'https://example.com/hooks?x=1'],
    ['as an origin with a port', 'http://localhost:3000', 'http://localhost:3000/hooks?x=1'],
    ['as a function', ({ url }) => `https://a.test${url}#`, 'https://a.test/hooks?x=1#'],
  ])('%s', (_how, publicUrl, expected) => {
    expect(publicUrlOf(publicUrl)(incoming)).toBe(expected)
  })

  test.each([
    ['example.com/hooks'],
    ['ftp://example.com'],
    ['https://'],
    ['https:///x'],
    ['https://a.test/#x'],
    ['https://a .test'],
    [''],
    [42],
  ])('%s throws a ConfigError', (publicUrl) => {
    expect(() => publicUrlOf(publicUrl as string)).toThrow(ConfigError)
    expect(() => publicUrlOf(publicUrl as string)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
  })
})

test.each([
  ['/hooks?x=1', '/hooks?x=1'],
  ['https://example.com/hooks?x=1', '/hooks?x=1'],
  ['https://example.com', '/'],
  ['https://example.com?x=1', '/?x=1'],
  ['//example.com/x', '//example.com/x'],
])('path and query of %s are %s', (target, expected) => {
  expect(pathOf(target)).toBe(expected)
})

test('a header part has a name in lower case', () => {
  expect(() => header('X-Id')).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
})
