import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ecdsa } from '../../src/schemes/ecdsa.js'
import { body, header } from '../../src/schemes/parts.js'
import { rsa } from '../../src/schemes/rsa.js'
import type { Scheme } from '../../src/types.js'
import { type Authority, authority, type Issued } from '../support/authority.js'
import { incomingOf } from '../support/incoming.js'

const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString()
const signature = { header: 'x-signature' }
const text = '{"a":1}'

interface Kind {
  readonly name: string
  readonly make: (publicKey: never) => Scheme
  readonly own: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
  readonly other: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
}
const pairs = {
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ec: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}
const kinds: readonly Kind[] = [
  { name: 'rsa', make: (publicKey) => rsa({ publicKey, signature }), own: pairs.rsa(), other: pairs.rsa() },
  { name: 'ecdsa', make: (publicKey) => ecdsa({ publicKey, signature }), own: pairs.ec(), other: pairs.ec() },
]
const sign = (key: KeyObject, value = text, hash = 'sha256'): string =>
  createSign(hash).update(value).sign(key, 'base64')

async function verdict(scheme: Scheme, value: string | undefined, sent = text): Promise<string> {
  const headers = value === undefined ? {} : { 'x-signature': value }
  const found = await scheme.verify(incomingOf({ headers, body: sent }))
  return typeof found === 'string' ? found : 'genuine'
}

describe.each(kinds)('$name', ({ make, own, other }) => {
  const scheme = make(pem(own.publicKey) as never)
  const good = sign(own.privateKey)

  test('a genuine signature', async () => {
    expect(await verdict(scheme, good)).toBe('genuine')
    expect(await scheme.verify(incomingOf({ headers: { 'x-signature': good }, body: text }))).toMatchObject({
      coverage: 'full',
      signed: [Buffer.from(text)],
    })
  })

  test.each<[string, (value: string) => string | undefined, string]>([
    ['none', () => undefined, 'ERR_SIGNATURE_MISSING'],
    ['an empty one', () => '', 'ERR_SIGNATURE_MALFORMED'],
    ['of another text', () => sign(own.privateKey, `${text} `), 'ERR_SIGNATURE_MISMATCH'],
    ['of another key', () => sign(other.privateKey), 'ERR_SIGNATURE_MISMATCH'],
    ['of another hash', () => sign(own.privateKey, text, 'sha1'), 'ERR_SIGNATURE_MISMATCH'],
    [
      'without padding, or with too much',
      (value) => (value.endsWith('=') ? value.replace(/=+$/, '') : `${value}=`),
      'ERR_SIGNATURE_MALFORMED',
    ],
    ['with a line break', (value) => `${value.slice(0, 20)}\n${value.slice(20)}`, 'ERR_SIGNATURE_MALFORMED'],
    ['with a space', (value) => ` ${value}`, 'ERR_SIGNATURE_MALFORMED'],
    ['in base64url', (value) => `-_${value.slice(2)}`, 'ERR_SIGNATURE_MALFORMED'],
    ['twice', (value) => `${value},${value}`, 'ERR_SIGNATURE_MALFORMED'],
    ['cut', (value) => Buffer.from(value, 'base64').subarray(0, -1).toString('base64'), 'ERR_SIGNATURE_MISMATCH'],
    [
      'with a byte more',
      (value) => Buffer.concat([Buffer.from(value, 'base64'), Buffer.from([0])]).toString('base64'),
      'ERR_SIGNATURE_MISMATCH',
    ],
  ])('a signature %s', async (_name, change, code) => {
    const found = await verdict(scheme, change(good))
    expect(['ERR_SIGNATURE_MISMATCH', 'ERR_SIGNATURE_MALFORMED', 'ERR_SIGNATURE_MISSING']).toContain(found)
    expect(found).toBe(code)
  })

  test('a signature in hex is refused: as text of another form, or as one that does not hold', async () => {
    const found = await verdict(scheme, Buffer.from(good, 'base64').toString('hex'))
    expect(['ERR_SIGNATURE_MISMATCH', 'ERR_SIGNATURE_MALFORMED']).toContain(found)
  })

  test('any of several keys, by its label, and a function', async () => {
    const list = make([
      undefined,
      { id: 'new', value: pem(other.publicKey) },
      { id: 'old', value: pem(own.publicKey) },
    ] as never)
    expect(await list.verify(incomingOf({ headers: { 'x-signature': good }, body: text }))).toMatchObject({
      secretId: 'old',
    })
    const late = make((async () => ({ tenant: 't', secret: pem(own.publicKey) })) as never)
    expect(await late.verify(incomingOf({ headers: { 'x-signature': good }, body: text }))).toMatchObject({
      tenant: 't',
    })
    expect(await verdict(make((() => 'no PEM') as never), good)).toBe('ERR_SECRET_INVALID')
    expect(await verdict(make((() => null) as never), good)).toBe('ERR_TENANT_UNKNOWN')
  })

  test('white space around PEM is no mistake', async () => {
    expect(await verdict(make(`\n${pem(own.publicKey)}\n\n` as never), good)).toBe('genuine')
  })

  test.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['a private key', own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['another kind of key', pem(generateKeyPairSync('ed25519').publicKey)],
    ['PEM of nothing', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'],
  ])('a key that is %s is refused when the scheme is made', (_name, publicKey) => {
    expect(() => make(publicKey as never)).toThrow(expect.objectContaining({ code: 'ERR_SECRET_INVALID' }))
  })
})

describe('of each kind its own', () => {
  let keys: Authority
  let issued: Issued
  beforeAll(() => {
    keys = authority()
    issued = keys.issue({ name: 'sender' })
  })
  afterAll(() => keys.close())

  test('rsa takes a certificate in place of the key', async () => {
    const scheme = rsa({ publicKey: issued.certificate, signature })
    expect(await verdict(scheme, createSign('sha256').update(text).sign(issued.key, 'base64'))).toBe('genuine')
  })

  test('rsa takes no key under 2,048 bits, and no hash that is not one of four', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    expect(() => rsa({ publicKey: pem(publicKey), signature })).toThrow(
      expect.objectContaining({ code: 'ERR_SECRET_INVALID' }),
    )
    expect(() => rsa({ publicKey: issued.certificate, signature, algorithm: 'md5' as never })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
    expect(() => rsa({ publicKey: issued.certificate, signature, algoritm: 'sha1' } as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_UNKNOWN' }),
    )
  })

  test.each<[string, { publicKey: KeyObject; privateKey: KeyObject }, string]>([
    ['one of 2,048 bits', pairs.rsa(), 'genuine'],
    ['one of 1,024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }), 'ERR_SIGNATURE_MISMATCH'],
    ['one of another kind', pairs.ec(), 'ERR_SIGNATURE_MISMATCH'],
  ])('a source of keys is judged by each of its keys, however often it is asked: rsa, %s', async (_, key, expected) => {
    const list = [pairs.rsa(), key].map(({ publicKey }) => {
      return { notAfter: Number.POSITIVE_INFINITY, use: publicKey, fingerprint: '' }
    })
    const scheme = rsa({ publicKey: { warnings: [], keys: () => ({ list, perTenant: false }) }, signature })
    for (let times = 0; times < 3; times++) expect(await verdict(scheme, sign(key.privateKey))).toBe(expected)
  })

  test.each<[string, { publicKey: KeyObject; privateKey: KeyObject }, string]>([
    ['one on P-256', pairs.ec(), 'genuine'],
    ['one on another curve', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), 'ERR_SIGNATURE_MISMATCH'],
    ['one of another kind', pairs.rsa(), 'ERR_SIGNATURE_MISMATCH'],
  ])('and ecdsa, %s', async (_, key, expected) => {
    const list = [pairs.ec(), key].map(({ publicKey }) => {
      return { notAfter: Number.POSITIVE_INFINITY, use: publicKey, fingerprint: '' }
    })
    const scheme = ecdsa({ publicKey: { warnings: [], keys: () => ({ list, perTenant: false }) }, signature })
    for (let times = 0; times < 3; times++) expect(await verdict(scheme, sign(key.privateKey))).toBe(expected)
  })

  test('ecdsa takes P-256 only, and the key as the text between the lines of PEM', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    expect(() => ecdsa({ publicKey: pem(publicKey), signature })).toThrow(
      expect.objectContaining({ code: 'ERR_SECRET_INVALID' }),
    )
    const own = pairs.ec()
    const base64 = own.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
    expect(await verdict(ecdsa({ publicKey: base64, signature }), sign(own.privateKey))).toBe('genuine')
  })

  test('ecdsa signs a template too', async () => {
    const own = pairs.ec()
    const scheme = ecdsa({ publicKey: pem(own.publicKey), signature, signed: [header('x-time'), body] })
    const headers = { 'x-time': '123', 'x-signature': sign(own.privateKey, `123${text}`) }
    expect(await scheme.verify(incomingOf({ headers, body: text }))).toMatchObject({ coverage: 'full' })
    expect(await scheme.verify(incomingOf({ headers: { ...headers, 'x-time': '124' }, body: text }))).toBe(
      'ERR_SIGNATURE_MISMATCH',
    )
  })
})
