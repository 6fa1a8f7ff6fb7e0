import { describe, expect, test } from 'vitest'
import { ConfigError, isWebhookError } from '../../src/errors.js'
import { type KeyCodec, type Keys, keyRing } from '../../src/schemes/keys.js'
import type { SecretLookup, SecretOption } from '../../src/types.js'
import { incomingOf } from '../support/incoming.js'

const utf8 = { name: 'secret', codec: 'utf8', make: (bytes: Uint8Array) => Buffer.from(bytes).toString() } as const
const hex = (codec: KeyCodec) => ({
  name: 'secret',
  codec,
  make: (bytes: Uint8Array) => Buffer.from(bytes).toString('hex'),
})
const good = 'sixteen bytes or more'

function keysOf(secret: SecretOption, now?: number): Keys<string> {
  const keys = keyRing(secret, utf8).keys(incomingOf(now === undefined ? {} : { now }))
  if (typeof keys !== 'object' || keys instanceof Promise) throw new Error(`no keys: ${String(keys)}`)
  return keys
}

describe('a fixed secret', () => {
  test.each<[string, unknown, string]>([
    ['undefined', undefined, 'is missing: is the environment variable set?'],
    ['a list of nothing', [undefined, undefined], 'is missing: is the environment variable set?'],
    ['an empty text', '', 'is empty: is the environment variable set?'],
    ['white space', ' \t\n', 'is empty: is the environment variable set?'],
    ['quoted', `"${good}"`, 'is wrapped in quotes: take them off'],
    ['in single quotes', `'${good}'`, 'is wrapped in quotes: take them off'],
    ['with a newline at the end', `${good}\n`, 'begins or ends with white space: trim it'],
    ['a Stripe API key', `${'sk'}_live_0123456789abcdef`, 'looks like an API key'],
    ['a restricted Stripe key', `${'rk'}_test_0123456789abcdef`, 'looks like an API key'],
    ['a publishable key', `${'pk'}_0123456789abcdef`, 'looks like an API key'],
    ['a Slack token', `${'xoxb'}-0123456789-abcdef`, 'looks like an API key'],
    ['a GitHub token', `${'ghp'}_0123456789abcdef`, 'looks like an API key'],
    ['a Shopify token', `${'shpat'}_0123456789abcdef`, 'looks like an API key'],
    ['a number', 42, 'must be a string, { value, id?, notAfter? }, a list of these, or a function'],
    ['null', null, 'must be a string'],
    ['an object of another form', { secret: good }, 'must be a string'],
    ['an object with a misspelt field', { value: good, notafter: 1 }, 'has an unknown field "notafter"'],
    ['with an end that is no date', { value: good, notAfter: 'tomorrow' }, 'has a notAfter that is no date'],
    ['nine of them', Array(9).fill(good), 'has more than 8 entries'],
  ])('%s is refused with the cure', (_what, secret, cure) => {
    const make = (): unknown => keyRing(secret as SecretOption, utf8)
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_SECRET_INVALID' }))
    expect(make).toThrow(`secret ${cure}`)
  })

  test('is in no message', () => {
    for (const secret of [`"${good}"`, ` ${good}`, { value: good, [good]: 1 }.value.concat(' ')]) {
      try {
        keyRing(secret, utf8)
        expect.unreachable()
      } catch (error) {
        expect(String(error)).not.toContain(good)
      }
    }
  })

  test.each<[string, SecretOption, string[]]>([
    ['one', good, [good]],
    [
      'a list, newest first, without the undefined ones',
      [undefined, good, 'the older secret'],
      [good, 'the older secret'],
    ],
    ['an object', { value: good }, [good]],
    ['quotes inside', `a"${good}"b`, [`a"${good}"b`]],
  ])('may be %s', (_what, secret, expected) => {
    expect(keysOf(secret).list.map(({ use }) => use)).toEqual(expected)
  })

  test.each<[string, Date | number | string]>([
    ['a Date', new Date(1000)],
    ['ms since the epoch', 1000],
    ['ISO 8601', '1970-01-01T00:00:01Z'],
  ])('ends at notAfter, %s, and not before', (_what, notAfter) => {
    const secret = { value: good, notAfter }
    expect(keysOf(secret, 1000).list).toHaveLength(1)
    expect(keysOf(secret, 1001).list).toHaveLength(0)
  })

  test('warns once where it is shorter than 16 bytes, and only there', () => {
    expect(keyRing('fifteen bytes!!', utf8).warnings).toEqual([
      { code: 'WARN_SECRET_SHORT', message: 'secret has fewer than 16 bytes: it can be guessed' },
    ])
    expect(keyRing(['short', 'shorter'], utf8).warnings).toHaveLength(1)
    expect(keyRing('sixteen bytes !!', utf8).warnings).toEqual([])
    expect(keyRing('short', { ...utf8, anyLength: true }).warnings).toEqual([])
  })

  test('gives no tenant part to the idempotency key', () => {
    expect(keysOf(good)).toMatchObject({ perTenant: false })
  })
})

describe('a codec', () => {
  const whsec = { prefixes: ['v1,whsec_', 'whsec_'], encoding: 'base64' } as const
  test.each<[KeyCodec, string, string]>([
    ['hex', '00ff', '00ff'],
    ['hex', '00FF', '00ff'],
    ['hex-any-case', '00FF', '00ff'],
    ['base64', '/w==', 'ff'],
    ['base64url', '_w', 'ff'],
    [whsec, 'whsec_/w==', 'ff'],
    [whsec, 'v1,whsec_/w==', 'ff'],
    [whsec, '/w==', 'ff'],
    ['pem', '-----BEGIN-----\n', Buffer.from('-----BEGIN-----').toString('hex')],
  ])('%j decodes %s', (codec, secret, bytes) => {
    const keys = keyRing(secret, hex(codec)).keys(incomingOf({})) as Keys<string>
    expect(keys.list[0]?.use).toBe(bytes)
  })

  test.each<[KeyCodec, string, string]>([
    ['hex', 'xyz', 'is not valid hex'],
    ['hex', 'F', 'is not valid hex'],
    ['base64', '/w', 'is not valid base64'],
    ['base64', '_w==', 'is not valid base64'],
    ['base64', '/x==', 'is not valid base64'],
    [whsec, 'whsec_whsec_/w==', 'is not valid base64'],
    [whsec, 'whsec_', 'decodes to nothing'],
    [{ ...whsec, required: true }, '/w==', 'must begin with v1,whsec_ or whsec_'],
  ])('%j refuses %s', (codec, secret, cure) => {
    expect(() => keyRing(secret, hex(codec))).toThrow(cure)
  })

  test('refuses a secret that the vendor published', () => {
    expect(() => keyRing(good, { ...utf8, published: [good] })).toThrow('the one that the vendor publishes')
  })

  test('needs an id for each key where a header picks it', () => {
    expect(() => keyRing(good, { ...utf8, idFrom: 'x-key' })).toThrow('needs an id')
    expect(keyRing({ value: good, id: 'a' }, { ...utf8, idFrom: 'x-key' }).warnings).toEqual([])
  })
})

describe('a secret function', () => {
  async function asked(find: SecretLookup): Promise<Keys<string> | string> {
    return keyRing(find, utf8).keys(
      incomingOf({ url: '/t/acme', params: { tenant: 'acme' }, headers: { 'X-Id': '1' } }),
    )
  }

  test('sees the unverified request and no body', async () => {
    let seen: object = {}
    await asked((request) => {
      seen = request
      return good
    })
    expect(seen).toEqual({ method: 'POST', url: '/t/acme', params: { tenant: 'acme' }, headers: { 'X-Id': '1' } })
  })

  test.each<[string, SecretLookup, object]>([
    ['a secret', () => good, { perTenant: true, tenant: undefined }],
    ['a promise', async () => [good, undefined], { perTenant: true }],
    ['a tenant with its secret', () => ({ tenant: 'acme', secret: good }), { perTenant: true, tenant: 'acme' }],
  ])('may return %s', async (_what, find, expected) => {
    const keys = await asked(find)
    expect(keys).toMatchObject(expected)
    expect((keys as Keys<string>).list.map(({ use }) => use)).toEqual([good])
  })

  test.each<[string, SecretLookup, string]>([
    ['null', () => null, 'ERR_TENANT_UNKNOWN'],
    ['an empty list', () => [], 'ERR_TENANT_UNKNOWN'],
    ['a tenant without a secret', () => ({ tenant: 'acme', secret: null }), 'ERR_TENANT_UNKNOWN'],
    ['undefined', () => undefined, 'ERR_SECRET_INVALID'],
    ['a list of undefined', () => [undefined], 'ERR_SECRET_INVALID'],
    ['an empty text', () => '', 'ERR_SECRET_INVALID'],
    ['an API key', () => `${'sk'}_live_0123456789`, 'ERR_SECRET_INVALID'],
    ['an empty tenant', () => ({ tenant: '', secret: good }), 'ERR_SECRET_INVALID'],
    ['a throw', () => Promise.reject(new Error('database down')), 'ERR_SECRET_LOOKUP'],
    [
      'a throw at once',
      () => {
        throw new Error('database down')
      },
      'ERR_SECRET_LOOKUP',
    ],
    ['nothing in time', () => new Promise(() => {}), 'ERR_SECRET_LOOKUP'],
  ])('is answered %s with its code', async (_what, find, code) => {
    expect(await asked(find)).toBe(code)
  })

  test('finds keys that have fingerprints of their own', async () => {
    const [a, b] = await Promise.all([asked(() => good), asked(() => 'another secret of a tenant')])
    const fingerprints = [a, b].map((keys) => (keys as Keys<string>).list[0]?.fingerprint)
    expect(fingerprints[0]).toMatch(/^[0-9a-f]{16}$/)
    expect(fingerprints[0]).not.toBe(fingerprints[1])
    expect(isWebhookError(a)).toBe(false)
  })
})
