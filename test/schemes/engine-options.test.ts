import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { digest } from '../../src/schemes/digest.js'
import { hmac } from '../../src/schemes/hmac.js'
import { none } from '../../src/schemes/none.js'
import { body, computed, header, method, timestamp, url } from '../../src/schemes/parts.js'
import { pick } from '../../src/schemes/pick.js'
import { trial } from '../../src/schemes/trial.js'
import { incomingOf } from '../support/incoming.js'

const secret = 'a-secret-of-more-than-16-bytes'
const sign = (text: string, key = secret): string => createHmac('sha256', key).update(text).digest('hex')
const signature = { header: 'sig' }

describe('a header that picks the secret', () => {
  const scheme = hmac({
    secret: [
      { id: 'new', value: `new-${secret}` },
      { id: 'old', value: secret },
    ],
    keyHeader: 'key',
    signature,
  })
  test.each([
    ['the key that signed', { key: 'old', sig: sign('x') }, { secretId: 'old' }],
    ['the other key', { key: 'new', sig: sign('x', `new-${secret}`) }, { secretId: 'new' }],
  ])('%s', (_what, headers, verified) => {
    expect(scheme.verify(incomingOf({ headers, body: 'x' }))).toMatchObject(verified)
  })
  test.each([
    ['names a key that did not sign', { key: 'new', sig: sign('x') }, 'ERR_SIGNATURE_MISMATCH'],
    ['names an unknown key', { key: 'other', sig: sign('x') }, 'ERR_KEY_UNTRUSTED'],
    ['names no key', { sig: sign('x') }, 'ERR_KEY_UNTRUSTED'],
  ])('refuses what %s', (_what, headers, code) => {
    expect(scheme.verify(incomingOf({ headers, body: 'x' }))).toBe(code)
  })
  test('is required before the body is read', () => {
    expect(scheme.requires).toContainEqual({ anyOf: ['key'], code: 'ERR_KEY_UNTRUSTED' })
  })
  test('needs an id at every secret', () => {
    expect(() => hmac({ secret, keyHeader: 'key', signature })).toThrow(
      expect.objectContaining({ code: 'ERR_SECRET_INVALID', message: expect.stringContaining('needs an id') }),
    )
  })
  test('needs one of a function too: 503, not a guess', async () => {
    const asked = hmac({ secret: () => secret, keyHeader: 'key', signature })
    expect(await asked.verify(incomingOf({ headers: { key: 'old', sig: sign('x') }, body: 'x' }))).toBe(
      'ERR_SECRET_INVALID',
    )
  })
})

describe('a secret that the vendor prints', () => {
  const options = { published: ['printed-in-the-docs-of-the-vendor'], signature }
  test.each([
    ['alone', 'printed-in-the-docs-of-the-vendor'],
    ['in a list', [secret, { value: 'printed-in-the-docs-of-the-vendor' }]],
  ])('is refused %s, and not shown', (_where, given) => {
    expect(() => hmac({ ...options, secret: given })).toThrow(
      expect.objectContaining({ code: 'ERR_SECRET_INVALID', message: expect.not.stringContaining('printed-in') }),
    )
  })
  test('is refused from a function with 503', async () => {
    const scheme = hmac({ ...options, secret: () => 'printed-in-the-docs-of-the-vendor' })
    const headers = { sig: sign('x', 'printed-in-the-docs-of-the-vendor') }
    expect(await scheme.verify(incomingOf({ headers, body: 'x' }))).toBe('ERR_SECRET_INVALID')
  })
})

describe('a time beside the body', () => {
  const pairs = { header: 'sig', params: { separator: ',', signature: 'v1' } }
  const inHeader = { header: 'time', unit: 's' } as const
  const inPair = { param: 't', unit: 's' } as const
  test.each([
    ['the body alone', { signature, timestamp: inHeader }],
    ['texts, method and body', { signature, timestamp: inHeader, signed: ['v0', method, body] }],
    ['another header', { signature, timestamp: inHeader, signed: [header('id'), body] }],
    ['the body alone, beside pairs', { signature: pairs, timestamp: inPair }],
  ])('is refused where nothing signs it: %s', (_what, options) => {
    expect(() => hmac({ secret, ...options })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID', message: expect.stringContaining('timestamp') }),
    )
  })
  test.each([
    ['as itself', { signature, timestamp: inHeader, signed: [timestamp, body] }],
    ['as a header', { signature, timestamp: inHeader, signed: [header('time'), body] }],
    ['as part of what is computed', { signature, timestamp: inHeader, signed: [computed('all', () => 'x')] }],
    ['as a pair', { signature: pairs, timestamp: inPair, signed: [timestamp, body] }],
  ])('may be signed %s', (_what, options) => {
    expect(hmac({ secret, ...options }).timestamped).toBe(true)
  })
})

describe('a time in the signed body', () => {
  const timestamp = { payload: (payload: unknown) => pick(payload, 'at'), unit: 'ms' } as const
  const at = (value: unknown): string => JSON.stringify({ at: value })
  const verdict = (text: string, optional?: boolean) =>
    hmac({ secret, signature, timestamp: optional === undefined ? timestamp : { ...timestamp, optional } }).verify(
      incomingOf({ headers: { sig: sign(text) }, body: text, now: 1_700_000_000_000 }),
    )
  test('is checked', () => {
    expect(verdict(at(1_700_000_000_000))).toMatchObject({ timestamp: 1_700_000_000_000 })
    expect(verdict(at(1_699_999_699_999))).toBe('ERR_TIMESTAMP_STALE')
    expect(verdict(at(1_700_000_300_001))).toBe('ERR_TIMESTAMP_FUTURE')
  })
  test('may be left out by the signer alone, where it is optional', () => {
    expect(verdict('{}')).toBe('ERR_TIMESTAMP_MISSING')
    expect(verdict('{}', true)).toMatchObject({ timestamp: undefined, coverage: 'full' })
    expect(verdict(at(null), true)).toBe('ERR_TIMESTAMP_MISSING')
    expect(verdict(at(1_699_999_699_999), true)).toBe('ERR_TIMESTAMP_STALE')
  })
})

describe('a part with several spellings', () => {
  const scheme = hmac({ secret, signature, signed: [computed('either', () => ['a', 'b']), body] })
  test.each(['a', 'b'])('passes with %s, which becomes the signed input', (spelling) => {
    expect(scheme.verify(incomingOf({ headers: { sig: sign(`${spelling}x`) }, body: 'x' }))).toMatchObject({
      signed: [spelling, Buffer.from('x')],
    })
  })
  test('is refused with none of them', () => {
    expect(scheme.verify(incomingOf({ headers: { sig: sign('cx') }, body: 'x' }))).toBe('ERR_SIGNATURE_MISMATCH')
  })
  test('a URL may have been decoded by the sender, and nothing else of it', () => {
    const part = url('https://example.com', { decode: ['%2F'] })
    const read = (path: string) => part.read({ incoming: incomingOf({ url: path }), timestamp: undefined })
    expect(read('/a?b=c%2Fd%2f%26')).toEqual(['https://example.com/a?b=c/d/%26', 'https://example.com/a?b=c%2Fd%2f%26'])
    expect(read('/a?b=c%26')).toEqual(['https://example.com/a?b=c%26'])
  })
})

describe('short secrets', () => {
  test.each([
    [undefined, ['WARN_SECRET_SHORT']],
    [true, []],
  ])('shortSecrets %s', (shortSecrets, codes) => {
    const { warnings = [] } = hmac({ secret: 'fifteen-letters', signature, shortSecrets })
    expect(warnings.map(({ code }) => code)).toEqual(codes)
  })
})

describe('a plain digest', () => {
  const hash = (text: string, algorithm = 'sha256'): string =>
    createHash(algorithm)
      .update(secret + text)
      .digest('hex')
  test('is the hash of secret and parts', () => {
    const scheme = digest({ secret, signature, signed: ['POST', body] })
    expect(scheme.verify(incomingOf({ headers: { sig: hash('POSTx') }, body: 'x' }))).toMatchObject({
      coverage: 'full',
    })
    expect(scheme.verify(incomingOf({ headers: { sig: hash('GETx') }, body: 'x' }))).toBe('ERR_SIGNATURE_MISMATCH')
    expect(scheme.verify(incomingOf({ headers: { sig: hash('POSTx', 'sha1') }, body: 'x' }))).toBe(
      'ERR_SIGNATURE_MALFORMED',
    )
    expect(scheme.verify(incomingOf({ headers: { sig: hash('POSTx').toUpperCase() }, body: 'x' }))).toBe(
      'ERR_SIGNATURE_MALFORMED',
    )
  })
  test('refuses an algorithm that is none', () => {
    expect(() => digest({ secret, signature, algorithm: 'md5' as 'sha1' })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})

describe('no scheme', () => {
  test('lets everything pass as unverified, and warns once', () => {
    expect(none().verify(incomingOf({}))).toEqual({ coverage: 'none', signed: [] })
    expect(none().warnings?.map(({ code }) => code)).toEqual(['WARN_UNVERIFIED'])
  })
})

describe('a trial', () => {
  const scheme = trial({
    scheme: hmac({ secret, signature }),
    trial: hmac({ secret: 'printed-in-the-docs-of-the-vendor', signature }),
    harmless: ({ body }) => body.length === 0,
  })
  const printed = (text: string): string => sign(text, 'printed-in-the-docs-of-the-vendor')
  test.each([
    ['a real request', { sig: sign('x') }, 'x', { coverage: 'full' }],
    ['a real request that is harmless', { sig: sign('') }, '', { coverage: 'full' }],
    ['a harmless one with the printed key', { sig: printed('') }, '', { coverage: 'none', signed: [] }],
  ])('accepts %s', (_what, headers, text, verified) => {
    expect(scheme.verify(incomingOf({ headers, body: text }))).toMatchObject(verified)
  })
  test.each([
    ['anything else with the printed key', { sig: printed('x') }, 'x', 'ERR_SIGNATURE_MISMATCH'],
    [
      'a harmless one with another key',
      { sig: sign('', 'another-key-that-nobody-knows') },
      '',
      'ERR_SIGNATURE_MISMATCH',
    ],
    ['a harmless one without a signature', {}, '', 'ERR_SIGNATURE_MISSING'],
  ])('refuses %s', (_what, headers, text, code) => {
    expect(scheme.verify(incomingOf({ headers, body: text }))).toBe(code)
  })
  test('works where a function knows the secret', async () => {
    const asked = trial({
      scheme: hmac({ secret: async () => secret, signature }),
      trial: hmac({ secret: 'printed-in-the-docs-of-the-vendor', signature }),
      harmless: () => true,
    })
    expect(await asked.verify(incomingOf({ headers: { sig: printed('') } }))).toMatchObject({ coverage: 'none' })
    expect(await asked.verify(incomingOf({ headers: { sig: sign('') } }))).toMatchObject({ coverage: 'full' })
  })
})
