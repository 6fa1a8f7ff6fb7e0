import { describe, expect, test } from 'vitest'
import { createReceiver } from '../../src/index.js'
import { awsEventbridge } from '../../src/providers/aws-eventbridge.js'
import { allow } from '../../src/schemes/allow.js'
import { allowedOrigin } from '../../src/schemes/allowed-origin.js'
import { choose } from '../../src/schemes/choose.js'
import { type CredentialOptions, credentials } from '../../src/schemes/credentials.js'
import { none } from '../../src/schemes/none.js'
import { setting } from '../../src/schemes/setting.js'
import type { Incoming, Scheme } from '../../src/types.js'
import { incomingOf } from '../support/incoming.js'

const token = 'a3f8c1d27b9e4056a3f8c1d27b9e4056'
const refusal = expect.objectContaining({ code: 'ERR_OPTION_INVALID' })

describe('Credentials of a sender that signs nothing', () => {
  test.each<[string, CredentialOptions]>([
    ['nothing', {}],
    ['a token that is not set', { token: undefined }],
    ['a token and a password', { token, username: 'a', password: 'b' }],
    ['a token, and none needed', { token, allowUnverified: true }],
    ['a header and a parameter', { token, header: 'x-a', query: 'b', allowUnverified: true }],
    ['a refusal to do without', { allowUnverified: false }],
  ])('%s is refused when the provider is made', (_name, options) => {
    expect(() => credentials(options)).toThrow(refusal)
  })

  test.each<[string, CredentialOptions, { url?: string; headers?: Record<string, string> }]>([
    ['in the query', { token }, { url: `/hooks?token=${token}` }],
    ['in a parameter of another name', { token, query: 'code' }, { url: `/hooks?code=${token}` }],
    ['in a header', { token, header: 'x-api-key' }, { headers: { 'X-Api-Key': token } }],
    ['behind Bearer', { token, header: 'authorization' }, { headers: { authorization: `Bearer ${token}` } }],
    [
      'as a password',
      { username: 'a', password: 'b' },
      { headers: { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` } },
    ],
  ])('a proof %s', async (_name, options, request) => {
    expect(await credentials(options).verify(incomingOf(request))).toMatchObject({ coverage: 'token' })
    expect(await credentials(options).verify(incomingOf({}))).toBe('ERR_CREDENTIALS_MISSING')
  })

  test('without any proof it works by explicit choice only, with one warning and coverage none', async () => {
    const warnings: string[] = []
    const logger = { warn: (_fields: object, message: string) => void warnings.push(message), error: () => undefined }
    const receiver = createReceiver(awsEventbridge({ allowUnverified: true }), { logger })
    expect(warnings.filter((message) => message.includes('allowUnverified'))).toHaveLength(1)
    const request = { method: 'POST', url: '/', headers: {}, body: '{"id":"1","detail-type":"x"}' }
    for (let i = 0; i < 3; i++) expect((await receiver.verify(request)).coverage).toBe('none')
    expect(warnings.filter((message) => message.includes('allowUnverified'))).toHaveLength(1)
  })
})

describe('Schemes around schemes', () => {
  const refuses = (code: 'ERR_SIGNATURE_MISMATCH' | 'ERR_KEY_UNTRUSTED'): Scheme => ({ ...none(), verify: () => code })

  test('choose takes the named one and no other', async () => {
    const scheme = choose({
      by: (incoming) => incoming.header('x-version'),
      schemes: { 1: refuses('ERR_SIGNATURE_MISMATCH'), 2: refuses('ERR_KEY_UNTRUSTED') },
    })
    const verdict = (version: string | undefined) =>
      scheme.verify(incomingOf({ headers: version === undefined ? {} : { 'x-version': version } }))
    expect(verdict('1')).toBe('ERR_SIGNATURE_MISMATCH')
    expect(verdict('2')).toBe('ERR_KEY_UNTRUSTED')
    for (const other of ['3', '', '01', 'toString', '__proto__', undefined])
      expect(verdict(other)).toBe('ERR_SIGNATURE_MALFORMED')
    expect(() => choose({ by: () => '1', schemes: {} })).toThrow(refusal)
  })

  test('allow asks before the scheme does any work', async () => {
    let asked = 0
    const verify = (): 'ERR_SIGNATURE_MISMATCH' => {
      asked += 1
      return 'ERR_SIGNATURE_MISMATCH'
    }
    const scheme: Scheme = { ...none(), verify }
    const guarded = allow({
      scheme,
      allow: ['Acme/API'],
      of: (incoming) => incoming.header('x-repo'),
      as: (name) => name.toLowerCase(),
    })
    const verdict = (repo: string) => guarded.verify(incomingOf({ headers: { 'x-repo': repo } }))
    for (const repo of ['acme/ap', 'acme/api2', '', 'ACME/APİ']) expect(verdict(repo)).toBe('ERR_SENDER_NOT_ALLOWED')
    expect(asked).toBe(0)
    expect(verdict('acme/api')).toBe('ERR_SIGNATURE_MISMATCH')
    expect(asked).toBe(1)
  })

  test('allow reads no name for a request that the scheme refuses, where that is asked for', async () => {
    let read = 0
    const of = (incoming: Incoming): unknown => {
      read += 1
      return incoming.header('x-repo')
    }
    const allowing = (scheme: Scheme): Scheme => allow({ scheme, allow: 'a', of, schemeFirst: true })
    const ofA = incomingOf({ headers: { 'x-repo': 'a' } })
    const ofB = incomingOf({ headers: { 'x-repo': 'b' } })
    expect([allowing(refuses('ERR_SIGNATURE_MISMATCH')).verify(ofA), read]).toEqual(['ERR_SIGNATURE_MISMATCH', 0])
    for (const scheme of [none(), { ...none(), verify: async () => none().verify(ofA) }]) {
      expect(await allowing(scheme).verify(ofA)).toMatchObject({ coverage: 'none' })
      expect(await allowing(scheme).verify(ofB)).toBe('ERR_SENDER_NOT_ALLOWED')
    }
  })

  test.each([[[]], [''], [[' ']], [[undefined]], [undefined], [null], [{}]])('an allow list %j is refused', (list) => {
    expect(() => allow({ scheme: none(), allow: list as never, of: () => '' })).toThrow(refusal)
    expect(() => allowedOrigin(list as never)).toThrow(refusal)
  })

  test('a setting has its form as a whole', () => {
    expect(setting('id', 'AB-1', /[A-Z0-9-]+/)).toBe('AB-1')
    for (const bad of ['', 'ab', 'AB-1|x', 'AB-1\n', undefined, null, 1])
      expect(() => setting('id', bad, /[A-Z0-9-]+/)).toThrow(refusal)
  })
})
