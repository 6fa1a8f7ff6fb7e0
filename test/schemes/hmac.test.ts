import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/errors.js'
import type { HashName } from '../../src/lib/crypto.js'
import { type HmacOptions, hmac } from '../../src/schemes/hmac.js'
import { body, computed, field, header, method, timestamp, url } from '../../src/schemes/parts.js'
import type { Verdict } from '../../src/types.js'
import { type IncomingParts, incomingOf } from '../support/incoming.js'

const secret = 'a shared secret of sixteen bytes or more'
const signature = { header: 'x-signature' }

function sign(text: string | Buffer, algorithm: HashName = 'sha256', key: string | Buffer = secret): Buffer {
  return createHmac(algorithm, key).update(text).digest()
}

function verify(
  options: Omit<HmacOptions, 'secret'> & { secret?: HmacOptions['secret'] },
  parts: IncomingParts,
): Verdict {
  const verdict = hmac({ secret, ...options }).verify(incomingOf(parts))
  if (verdict instanceof Promise) throw new Error('a fixed secret must be judged at once')
  return verdict
}

const full = { coverage: 'full' }

describe('RFC 4231', () => {
  const hex = (text: string): string => Buffer.from(text, 'hex').toString('hex')
  test.each([
    {
      name: '1: a key of 20 bytes',
      key: '0b'.repeat(20),
      data: Buffer.from('Hi There').toString('hex'),
      sha256: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      sha384: 'afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6',
      sha512:
        '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
    },
    {
      name: '2: a key shorter than the digest',
      key: Buffer.from('Jefe').toString('hex'),
      data: Buffer.from('what do ya want for nothing?').toString('hex'),
      sha256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      sha384: 'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
      sha512:
        '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    },
    {
      name: '3: key and data longer than 64 bytes together',
      key: 'aa'.repeat(20),
      data: 'dd'.repeat(50),
      sha256: '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
      sha384: '88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27',
      sha512:
        'fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb',
    },
    {
      name: '6: a key longer than the block',
      key: 'aa'.repeat(131),
      data: Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First').toString('hex'),
      sha256: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
      sha384: '4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952',
      sha512:
        '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
    },
  ])('$name', ({ key, data, sha256, sha384, sha512 }) => {
    for (const [algorithm, digest] of Object.entries({ sha256, sha384, sha512 })) {
      const options = { secret: key, key: 'hex', algorithm: algorithm as HashName, signature } as const
      const parts = { headers: { 'x-signature': digest }, body: Buffer.from(data, 'hex') }
      expect(verify(options, parts), algorithm).toMatchObject(full)
      const other = digest.replace(/^./, (first) => (first === '0' ? '1' : '0'))
      expect(verify(options, { ...parts, headers: { 'x-signature': other } })).toBe('ERR_SIGNATURE_MISMATCH')
    }
  })

  test('5: a truncated digest is refused', () => {
    const options = { secret: hex('0c'.repeat(20)), key: 'hex', signature } as const
    const parts = { headers: { 'x-signature': 'a3b6167473100ee06e0c796c2955552b' }, body: 'Test With Truncation' }
    expect(verify(options, parts)).toBe('ERR_SIGNATURE_MALFORMED')
  })
})

describe('one signature', () => {
  const digest = sign('hello')
  const [hex, base64, base64url] = [digest.toString('hex'), digest.toString('base64'), digest.toString('base64url')]

  test.each([
    ['hex', hex],
    ['hex-any-case', hex.toUpperCase()],
    ['base64', base64],
    ['base64url', base64url],
  ] as const)('is accepted as %s where that is set up, and nowhere else', (encoding, text) => {
    const parts = { headers: { 'x-signature': text }, body: 'hello' }
    expect(verify({ signature, encoding }, parts)).toMatchObject(full)
    const forms = (['hex', 'base64', 'base64url'] as const).filter((one) => one !== encoding)
    const strict = encoding === 'hex' ? forms : forms.filter((one) => one !== 'hex' || encoding !== 'hex-any-case')
    for (const form of strict)
      expect(verify({ signature, encoding: form }, parts), form).toBe('ERR_SIGNATURE_MALFORMED')
  })

  test.each([
    ['upper-case hex', hex.toUpperCase(), 'ERR_SIGNATURE_MALFORMED'],
    ['an odd number of digits', hex.slice(1), 'ERR_SIGNATURE_MALFORMED'],
    ['half of it', hex.slice(32), 'ERR_SIGNATURE_MALFORMED'],
    ['a letter that is none of hex', `g${hex.slice(1)}`, 'ERR_SIGNATURE_MALFORMED'],
    ['a space at the end', `${hex.slice(1)} `, 'ERR_SIGNATURE_MALFORMED'],
    ['a letter that is an a in Latin-1 only', `\u0161${hex.slice(1)}`, 'ERR_SIGNATURE_MALFORMED'],
    ['nothing', '', 'ERR_SIGNATURE_MALFORMED'],
    ['another digest', sign('hello!').toString('hex'), 'ERR_SIGNATURE_MISMATCH'],
    ['a header of 5,000 characters', 'a'.repeat(5000), 'ERR_SIGNATURE_MALFORMED'],
  ])('is refused as %s', (_what, text, code) => {
    expect(verify({ signature }, { headers: { 'x-signature': text }, body: 'hello' })).toBe(code)
  })

  test('is refused when the header is missing', () => {
    expect(verify({ signature }, { body: 'hello' })).toBe('ERR_SIGNATURE_MISSING')
  })

  test('is refused when its header comes twice', () => {
    const headers = { 'x-signature': [hex, hex] }
    expect(() => verify({ signature }, { headers, body: 'hello' })).toThrow(
      expect.objectContaining({ code: 'ERR_HEADER_DUPLICATED' }),
    )
  })

  test('is found behind its prefix, which may be optional', () => {
    const prefixed = { header: 'x-signature', prefix: 'sha256=' }
    const parts = (text: string): IncomingParts => ({ headers: { 'x-signature': text }, body: 'hello' })
    expect(verify({ signature: prefixed }, parts(`sha256=${hex}`))).toMatchObject(full)
    expect(verify({ signature: prefixed }, parts(hex))).toBe('ERR_SIGNATURE_MALFORMED')
    expect(verify({ signature: prefixed }, parts(`SHA256=${hex}`))).toBe('ERR_SIGNATURE_MALFORMED')
    expect(verify({ signature: { ...prefixed, prefixOptional: true } }, parts(hex))).toMatchObject(full)
    expect(verify({ signature: { ...prefixed, prefixOptional: true } }, parts(`sha1=${hex}`))).toBe(
      'ERR_SIGNATURE_MALFORMED',
    )
  })
})

describe('several signatures', () => {
  const hex = sign('hello').toString('hex')
  const bad = sign('other').toString('hex')
  const list = { header: 'x-signature', list: { separator: ',', prefix: 'v1=' } }
  const parts = (text: string): IncomingParts => ({ headers: { 'x-signature': text }, body: 'hello' })

  test.each([
    ['the first', `v1=${hex},v1=${bad}`],
    ['the last', `v1=${bad},v1=${hex}`],
    ['one beside another version', `v2=${bad},v1=${hex}`],
    ['one beside a malformed one', `v1=potato,v1=${hex}`],
  ])('of which %s is right are accepted', (_which, text) => {
    expect(verify({ signature: list }, parts(text))).toMatchObject(full)
  })

  test.each([
    ['only other versions', `v0=${hex}`, 'ERR_SIGNATURE_MALFORMED'],
    ['an empty entry', `v1=${hex},,`, 'ERR_SIGNATURE_MALFORMED'],
    ['a space after the comma', `v1=${bad}, v1=${hex}`, 'ERR_SIGNATURE_MISMATCH'],
    ['more than 4,096 characters around the right one', `v1=${hex},v2=${'0'.repeat(4096)}`, 'ERR_SIGNATURE_MALFORMED'],
    ['seventeen', Array(17).fill(`v1=${hex}`).join(','), 'ERR_SIGNATURE_MALFORMED'],
    ['ten thousand', Array(10_000).fill(`v1=${hex}`).join(','), 'ERR_SIGNATURE_MALFORMED'],
  ])('are refused with %s', (_what, text, code) => {
    expect(verify({ signature: list }, parts(text))).toBe(code)
  })

  test('may stand in several headers', () => {
    const numbered = { header: ['x-signature-1', 'x-signature-2'] }
    expect(verify({ signature: numbered }, { headers: { 'x-signature-2': hex }, body: 'hello' })).toMatchObject(full)
    const both = { 'x-signature-1': bad, 'x-signature-2': hex }
    expect(verify({ signature: numbered }, { headers: both, body: 'hello' })).toMatchObject(full)
    expect(verify({ signature: numbered }, { headers: { 'x-signature-3': hex }, body: 'hello' })).toBe(
      'ERR_SIGNATURE_MISSING',
    )
  })
})

describe('a signed time', () => {
  const now = 1_700_000_000_000
  const options = {
    signature: { header: 'x-signature' },
    timestamp: { header: 'x-time', unit: 's' },
    signed: [timestamp, '.', body],
  } as const
  const at = (text: string): IncomingParts => ({
    headers: { 'x-time': text, 'x-signature': sign(`${text}.hello`).toString('hex') },
    body: 'hello',
    now,
  })

  test.each([
    ['now', '1700000000'],
    ['300 s ago', '1699999700'],
    ['300 s ahead', '1700000300'],
  ])('%s is accepted', (_when, text) => {
    expect(verify(options, at(text))).toMatchObject({ timestamp: Number(text) * 1000 })
  })

  test.each([
    ['301 s ago', '1699999699', 'ERR_TIMESTAMP_STALE'],
    ['301 s ahead', '1700000301', 'ERR_TIMESTAMP_FUTURE'],
    ['in ms', '1700000000000', 'ERR_TIMESTAMP_INVALID'],
    ['negative', '-1700000000', 'ERR_TIMESTAMP_INVALID'],
    ['a fraction', '1700000000.5', 'ERR_TIMESTAMP_INVALID'],
    ['with text behind it', '170abc', 'ERR_TIMESTAMP_INVALID'],
    ['with an exponent', '1e20', 'ERR_TIMESTAMP_INVALID'],
    ['with a space', ' 1700000000', 'ERR_TIMESTAMP_INVALID'],
    ['in other digits', '١٧٠٠٠٠٠٠٠٠', 'ERR_TIMESTAMP_INVALID'],
    ['empty', '', 'ERR_TIMESTAMP_MISSING'],
  ])('%s is refused, whatever is signed', (_what, text, code) => {
    expect(verify(options, at(text))).toBe(code)
  })

  test('is not looked at with a tolerance of Infinity, and exact with 0', () => {
    expect(verify(options, { ...at('1'), toleranceMs: Number.POSITIVE_INFINITY })).toMatchObject(full)
    expect(verify(options, { ...at('1700000000'), toleranceMs: 0 })).toMatchObject(full)
    expect(verify(options, { ...at('1699999999'), toleranceMs: 0 })).toBe('ERR_TIMESTAMP_STALE')
  })

  test('beside the signature must come once', () => {
    const params = {
      signature: { header: 'x-signature', params: { separator: ',', signature: 'v1' } },
      timestamp: { param: 't', unit: 's' },
      signed: [timestamp, '.', body],
    } as const
    const hex = sign('1700000000.hello').toString('hex')
    const of = (text: string): IncomingParts => ({ headers: { 'x-signature': text }, body: 'hello', now })
    expect(verify(params, of(`t=1700000000,v1=${hex}`))).toMatchObject({ timestamp: now })
    expect(verify(params, of(`t=1700000000,t=1700000000,v1=${hex}`))).toBe('ERR_SIGNATURE_MALFORMED')
    expect(verify(params, of(`v1=${hex}`))).toBe('ERR_TIMESTAMP_MISSING')
    expect(verify(params, of(`t=,v1=${hex}`))).toBe('ERR_TIMESTAMP_MISSING')
  })

  test('in the body is read after the signature held', () => {
    const inBody = {
      signature,
      timestamp: { payload: (payload: unknown) => (payload as { at?: unknown }).at, unit: 'ms' },
    } as const
    const of = (text: string, digest = sign(text)): IncomingParts => ({
      headers: { 'x-signature': digest.toString('hex') },
      body: text,
      now,
    })
    expect(verify(inBody, of(`{"at":${now}}`))).toMatchObject({ timestamp: now })
    expect(verify(inBody, of(`{"at":${now - 300_001}}`))).toBe('ERR_TIMESTAMP_STALE')
    expect(verify(inBody, of('{}'))).toBe('ERR_TIMESTAMP_MISSING')
    expect(verify(inBody, of('{', sign('another')))).toBe('ERR_SIGNATURE_MISMATCH')
  })
})

describe('the signed input', () => {
  const time = '1700000000'
  test.each([
    ['method and URL', [method, ' ', url('https://example.com/hooks'), body], 'POST https://example.com/hooksa=1&b=2'],
    ['an origin with path and query', [url('https://example.com'), body], 'https://example.com/hooks?x=1a=1&b=2'],
    ['a function of the request', [url(({ url: target }) => `https://a.test${target}`)], 'https://a.test/hooks?x=1'],
    ['a header', [header('x-id'), '.', body], 'id-1.a=1&b=2'],
    ['a form field', [field('b')], '2'],
    ['anything computed', [computed('size', ({ incoming }) => String(incoming.body.length))], '7'],
  ])('may be %s', (_what, signed, text) => {
    const headers = { 'x-id': 'id-1', 'x-signature': sign(text).toString('hex') }
    const verdict = verify({ signature, signed }, { url: '/hooks?x=1', headers, body: 'a=1&b=2' })
    expect(verdict).toMatchObject({ signed: expect.anything() })
    const parts = (verdict as { signed: readonly (Uint8Array | string)[] }).signed
    expect(Buffer.concat(parts.map((part) => Buffer.from(part as string))).toString()).toBe(text)
  })

  test.each([
    ['a header is missing', [header('x-id')], 'ERR_HEADER_INVALID'],
    ['a header holds what it may not', [header('x-dotted', { without: '.' })], 'ERR_HEADER_INVALID'],
    ['a form field is missing', [field('c')], 'ERR_BODY_INVALID'],
  ])('is refused where %s', (_what, signed, code) => {
    const headers = { 'x-dotted': 'a.b', 'x-signature': sign('').toString('hex') }
    expect(verify({ signature, signed }, { headers, body: 'a=1' })).toBe(code)
  })

  test('tells what it covers', () => {
    const coverageOf = (signed: HmacOptions['signed']): unknown => hmac({ secret, signature, signed }).coverage
    expect(coverageOf([timestamp, '.', body])).toBe('full')
    expect(coverageOf([header('x-id'), field('b')])).toEqual({ fields: ['header x-id', 'field b'] })
    expect(hmac({ secret, signature, coverage: { fields: ['b'] } }).coverage).toEqual({ fields: ['b'] })
  })

  test('names the headers that must be there before the body is read', () => {
    const scheme = hmac({
      secret,
      signature,
      timestamp: { header: 'x-time', unit: 's' },
      signed: [header('x-id'), timestamp, body],
    })
    expect(scheme.requires).toEqual([
      { anyOf: ['x-signature'], code: 'ERR_SIGNATURE_MISSING' },
      { anyOf: ['x-time'], code: 'ERR_TIMESTAMP_MISSING' },
      { anyOf: ['x-id'], code: 'ERR_HEADER_INVALID' },
    ])
  })

  test('is bytes in, bytes compared: text that is not UTF-8 stays as it is', () => {
    const bytes = Buffer.from([0xff, 0x00, 0xfe])
    expect(
      verify({ signature }, { headers: { 'x-signature': sign(bytes).toString('hex') }, body: bytes }),
    ).toMatchObject(full)
    expect(time).toHaveLength(10)
  })
})

describe('secrets', () => {
  const hex = (key: string): string => sign('hello', 'sha256', key).toString('hex')
  const parts = (key: string): IncomingParts => ({ headers: { 'x-signature': hex(key) }, body: 'hello' })
  const old = 'the secret of last year, still good'

  test('may be several; the label of the one that matched is told', () => {
    const list = [{ value: secret, id: 'new' }, undefined, { value: old, id: 'old' }]
    expect(verify({ signature, secret: list }, parts(old))).toMatchObject({ secretId: 'old', tenant: undefined })
    expect(verify({ signature, secret: list }, parts(secret))).toMatchObject({ secretId: 'new' })
    expect(verify({ signature, secret: list }, parts('neither of the two secrets'))).toBe('ERR_SIGNATURE_MISMATCH')
  })

  test('end at notAfter, by the clock of the receiver', () => {
    const list = [secret, { value: old, notAfter: new Date(1_700_000_000_000) }]
    expect(verify({ signature, secret: list }, parts(old))).toMatchObject(full)
    expect(verify({ signature, secret: list }, { ...parts(old), now: 1_700_000_000_001 })).toBe(
      'ERR_SIGNATURE_MISMATCH',
    )
  })
})

describe('a ConfigError is thrown when the scheme is made', () => {
  test.each([
    ['an unknown option', { secret, signature, algoritm: 'sha1' }, 'ERR_OPTION_UNKNOWN'],
    ['an unknown algorithm', { secret, signature, algorithm: 'md5' }, 'ERR_OPTION_INVALID'],
    ['an unknown encoding', { secret, signature, encoding: 'HEX' }, 'ERR_OPTION_INVALID'],
    ['a header name in capitals', { secret, signature: { header: 'X-Signature' } }, 'ERR_OPTION_INVALID'],
    ['no header name', { secret, signature: { header: [] } }, 'ERR_OPTION_INVALID'],
    [
      'prefix and list',
      { secret, signature: { header: 'x', prefix: 'a', list: { separator: ',', prefix: 'b' } } },
      'ERR_OPTION_INVALID',
    ],
    [
      'an optional prefix without one',
      { secret, signature: { header: 'x', prefixOptional: true } },
      'ERR_OPTION_INVALID',
    ],
    [
      'an empty separator',
      { secret, signature: { header: 'x', list: { separator: '', prefix: 'b' } } },
      'ERR_OPTION_INVALID',
    ],
    ['a time param without params', { secret, signature, timestamp: { param: 't', unit: 's' } }, 'ERR_OPTION_INVALID'],
    [
      'a time header in capitals',
      { secret, signature, timestamp: { header: 'X-Time', unit: 's' } },
      'ERR_OPTION_INVALID',
    ],
    ['nothing signed', { secret, signature, signed: [] }, 'ERR_OPTION_INVALID'],
    ['no secret', { signature }, 'ERR_SECRET_INVALID'],
  ])('for %s', (_what, options, code) => {
    expect(() => hmac(options as unknown as HmacOptions)).toThrow(expect.objectContaining({ code }))
    expect(() => hmac(options as unknown as HmacOptions)).toThrow(ConfigError)
  })
})
