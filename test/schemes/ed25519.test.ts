import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/errors.js'
import { type Ed25519Options, ed25519 } from '../../src/schemes/ed25519.js'
import { body, timestamp } from '../../src/schemes/parts.js'
import { incomingOf } from '../support/incoming.js'

const signature = { header: 'x-signature' }
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const other = generateKeyPairSync('ed25519').publicKey

function raw(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(12)
}

test('accepts the second test of RFC 8032', () => {
  const scheme = ed25519({
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    signature,
  })
  const hex =
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
  expect(scheme.verify(incomingOf({ headers: { 'x-signature': hex }, body: Buffer.from('72', 'hex') }))).toMatchObject({
    coverage: 'full',
  })
  expect(scheme.verify(incomingOf({ headers: { 'x-signature': hex }, body: Buffer.from('73', 'hex') }))).toBe(
    'ERR_SIGNATURE_MISMATCH',
  )
})

test('signs a template, in base64, by the second of two keys', () => {
  const scheme = ed25519({
    publicKey: [raw(other).toString('base64'), { value: raw(publicKey).toString('base64'), id: 'mine' }],
    key: 'base64',
    encoding: 'base64',
    signature,
    timestamp: { header: 'x-time', unit: 's' },
    signed: [timestamp, body],
  })
  const text = sign(null, Buffer.from('1700000000hello'), privateKey).toString('base64')
  const headers = { 'x-signature': text, 'x-time': '1700000000' }
  expect(scheme.verify(incomingOf({ headers, body: 'hello' }))).toMatchObject({ secretId: 'mine' })
  expect(scheme.verify(incomingOf({ headers: { ...headers, 'x-time': '1700000001' }, body: 'hello' }))).toBe(
    'ERR_SIGNATURE_MISMATCH',
  )
})

test('takes what all signing schemes take: a header picks the key', () => {
  const keys = { mine: publicKey, theirs: other }
  const scheme = ed25519({
    publicKey: Object.entries(keys).map(([id, key]) => ({ id, value: raw(key).toString('hex') })),
    keyHeader: 'x-key',
    signature,
  })
  const text = sign(null, Buffer.from('hello'), privateKey).toString('hex')
  const verdictOf = (key: string): unknown =>
    scheme.verify(incomingOf({ headers: { 'x-signature': text, 'x-key': key }, body: 'hello' }))
  expect(verdictOf('mine')).toMatchObject({ secretId: 'mine' })
  expect(verdictOf('theirs')).toBe('ERR_SIGNATURE_MISMATCH')
  expect(verdictOf('nobody')).toBe('ERR_KEY_UNTRUSTED')
})

test.each([
  ['one byte short', (text: string) => text.slice(2)],
  ['in capitals', (text: string) => text.toUpperCase()],
  ['in base64', (text: string) => Buffer.from(text, 'hex').toString('base64')],
])('a signature that is %s is refused', (_what, change) => {
  const scheme = ed25519({ publicKey: raw(publicKey).toString('hex'), signature })
  const text = `${sign(null, Buffer.from('hello'), privateKey).toString('hex')}`
  expect(scheme.verify(incomingOf({ headers: { 'x-signature': change(text) }, body: 'hello' }))).toBe(
    'ERR_SIGNATURE_MALFORMED',
  )
})

describe('a ConfigError is thrown for', () => {
  test.each<[string, object, string, string]>([
    ['31 bytes', { publicKey: '00'.repeat(31) }, 'ERR_SECRET_INVALID', 'must hold the 32 raw bytes'],
    ['a private key of 64 bytes', { publicKey: '01'.repeat(64) }, 'ERR_SECRET_INVALID', 'must hold the 32 raw bytes'],
    ['the neutral element', { publicKey: `01${'00'.repeat(31)}` }, 'ERR_SECRET_INVALID', 'small order'],
    ['a point of order two', { publicKey: `ec${'ff'.repeat(30)}7f` }, 'ERR_SECRET_INVALID', 'small order'],
    [
      'a point of order eight',
      { publicKey: 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a' },
      'ERR_SECRET_INVALID',
      'small order',
    ],
    ['no key', {}, 'ERR_SECRET_INVALID', 'publicKey is missing'],
    ['an unknown encoding', { publicKey: '02'.repeat(32), encoding: 'HEX' }, 'ERR_OPTION_INVALID', 'encoding'],
    ['an unknown option', { publicKey: '02'.repeat(32), secret: 'x' }, 'ERR_OPTION_UNKNOWN', 'secret'],
  ])('%s', (_what, options, code, text) => {
    const make = (): unknown => ed25519({ signature, ...options } as Ed25519Options)
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(expect.objectContaining({ code }))
    expect(make).toThrow(text)
  })
})
