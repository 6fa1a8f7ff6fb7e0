import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import * as jose6 from 'jose'
import * as jose5 from 'jose5'
import jsonwebtoken from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Jose, type JwtOptions, jwt } from '../../src/schemes/jwt.js'
import type { Fetch } from '../../src/schemes/x509.js'
import type { Verdict } from '../../src/types.js'
import { incomingOf } from '../support/incoming.js'

const NOW = 1_700_000_000_000
const JWKS = 'https://login.example/keys'
const claims = {
  iss: 'https://login.example/',
  aud: 'api://ours',
  exp: 1_700_003_600,
  azp: 'service',
  roles: ['Sender'],
}

const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const [own, other] = [pair(), pair()]
const jwk = (key: KeyObject, kid: string): object => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' })
const set = (...keys: object[]): object => ({ keys })
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function token(payload: object = claims, header: object = {}, key: KeyObject = own.privateKey): string {
  const text = `${encode({ typ: 'JWT', alg: 'RS256', kid: 'k1', ...header })}.${encode(payload)}`
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

/** Serves what `answer` says, and counts. */
function serving(answer: () => Response | object): { fetch: Fetch; urls: string[] } {
  const urls: string[] = []
  const fetch: Fetch = async (url) => {
    urls.push(url)
    const found = answer()
    return found instanceof Response ? found : Response.json(found)
  }
  return { fetch, urls }
}

const keys = serving(() => set(jwk(own.publicKey, 'k1')))
const options = (more: Partial<JwtOptions> = {}): JwtOptions => ({
  jwks: JWKS,
  issuer: ['https://login.example/'],
  audience: 'api://ours',
  claims: [
    { names: ['azp', 'appid'], value: 'service' },
    { names: ['roles'], value: 'Sender' },
  ],
  jose: jose6,
  fetch: keys.fetch,
  ...more,
})

async function verdict(scheme: ReturnType<typeof jwt>, authorization: string, now = NOW): Promise<string> {
  const found: Verdict = await scheme.verify(incomingOf({ headers: { authorization }, now }))
  return typeof found === 'string' ? found : JSON.stringify(found)
}
const accepted = JSON.stringify({ coverage: 'token', signed: [] })

describe.each([
  ['jose 6', jose6 as Jose],
  ['jose 5', jose5 as Jose],
  ['jose, imported at first use', undefined],
])('with %s', (_name, jose) => {
  const scheme = jwt(options({ jose }))

  test.each<[string, string, string]>([
    ['a good token', token(), accepted],
    [
      'a token that jsonwebtoken made',
      jsonwebtoken.sign(claims, own.privateKey, { algorithm: 'RS256', keyid: 'k1' }),
      accepted,
    ],
    ['another key under the same name', token(claims, {}, other.privateKey), 'ERR_CREDENTIALS_MISMATCH'],
    ['an unknown key', token(claims, { kid: 'k9' }, other.privateKey), 'ERR_KEY_UNTRUSTED'],
    ['no algorithm', `${encode({ alg: 'none' })}.${encode(claims)}.AAAA`, 'ERR_CREDENTIALS_MISMATCH'],
    [
      'an HMAC with the public key',
      jsonwebtoken.sign(claims, 'x'.repeat(64), { algorithm: 'HS256', keyid: 'k1' }),
      'ERR_CREDENTIALS_MISMATCH',
    ],
    [
      'another algorithm than the pinned one',
      jsonwebtoken.sign(claims, own.privateKey, { algorithm: 'RS512', keyid: 'k1' }),
      'ERR_CREDENTIALS_MISMATCH',
    ],
    [
      'a key in the header',
      token(claims, { jwk: jwk(other.publicKey, 'k1') }, other.privateKey),
      'ERR_CREDENTIALS_MISMATCH',
    ],
    [
      'a key set in the header',
      token(claims, { jku: 'https://evil.example/keys', kid: 'k9' }, other.privateKey),
      'ERR_KEY_UNTRUSTED',
    ],
    ['an unknown critical extension', token(claims, { crit: ['x'], x: 1 }), 'ERR_CREDENTIALS_MISMATCH'],
    ['expired', token({ ...claims, exp: 1_699_999_699 }), 'ERR_TIMESTAMP_STALE'],
    ['expired, within the leeway', token({ ...claims, exp: 1_699_999_701 }), accepted],
    ['not yet valid', token({ ...claims, nbf: 1_700_000_301 }), 'ERR_TIMESTAMP_FUTURE'],
    ['without an end', token({ ...claims, exp: undefined }), 'ERR_SENDER_NOT_ALLOWED'],
    ['another issuer', token({ ...claims, iss: 'https://login.example' }), 'ERR_SENDER_NOT_ALLOWED'],
    ['another audience', token({ ...claims, aud: 'api://theirs' }), 'ERR_SENDER_NOT_ALLOWED'],
    ['several audiences, one of them ours', token({ ...claims, aud: ['x', 'api://ours'] }), accepted],
    ['another service', token({ ...claims, azp: 'stranger' }), 'ERR_SENDER_NOT_ALLOWED'],
    ['the service under its other name', token({ ...claims, azp: undefined, appid: 'service' }), accepted],
    ['without the role', token({ ...claims, roles: ['Reader'] }), 'ERR_SENDER_NOT_ALLOWED'],
    ['the role as a text', token({ ...claims, roles: 'Sender' }), accepted],
    ['a claim that is inherited', token({ ...claims, azp: undefined, roles: undefined }), 'ERR_SENDER_NOT_ALLOWED'],
  ])('%s', async (_case, value, expected) => {
    expect(await verdict(scheme, `Bearer ${value}`)).toBe(expected)
  })
})

describe('the header', () => {
  const good = token()
  test.each([
    ['', 'ERR_CREDENTIALS_MISSING'],
    ['Bearer ', 'ERR_CREDENTIALS_MISSING'],
    [good, 'ERR_CREDENTIALS_MISSING'],
    [`Basic ${good}`, 'ERR_CREDENTIALS_MISSING'],
    [`bearer ${good}`, accepted],
    [`Bearer ${good}, Bearer ${good}`, 'ERR_CREDENTIALS_MISSING'],
    [`Bearer ${good}.${good}`, 'ERR_CREDENTIALS_MISSING'],
    [`Bearer ${'a'.repeat(20_000)}.a.a`, 'ERR_CREDENTIALS_MISSING'],
    // One bit that belongs to no byte of the signature.
    [
      `Bearer ${good.slice(0, -1)}${good.endsWith('A') ? 'B' : String.fromCharCode(good.charCodeAt(good.length - 1) + 1)}`,
      'ERR_CREDENTIALS_MISSING',
    ],
  ])('%#', async (authorization, expected) => {
    expect(await verdict(jwt(options()), authorization)).toBe(expected)
  })
})

describe('the key set', () => {
  test('is fetched once, and for an unknown key once a minute', async () => {
    let current = set(jwk(own.publicKey, 'k1'))
    const { fetch, urls } = serving(() => current)
    const scheme = jwt(options({ fetch }))
    expect(await Promise.all(Array.from({ length: 20 }, () => verdict(scheme, `Bearer ${token()}`)))).toEqual(
      Array(20).fill(accepted),
    )
    expect(urls).toEqual([JWKS])
    current = set(jwk(other.publicKey, 'k2'))
    const next = `Bearer ${token(claims, { kid: 'k2' }, other.privateKey)}`
    expect(await verdict(scheme, next)).toBe('ERR_KEY_UNTRUSTED')
    expect(urls).toHaveLength(1)
    expect(await verdict(scheme, next, NOW + 60_001)).toBe(accepted)
    for (let i = 0; i < 20; i++) await verdict(scheme, `Bearer ${token(claims, { kid: `x${i}` })}`, NOW + 60_002)
    expect(urls).toHaveLength(2)
  })

  test.each([
    ['an error', () => new Response('', { status: 500 })],
    ['no JSON', () => new Response('hello')],
    ['no set', () => ({ hello: 1 })],
  ])('%s: it is ours to look up, 503', async (_name, answer) => {
    const scheme = jwt(options({ fetch: serving(answer).fetch }))
    await expect(verdict(scheme, `Bearer ${token()}`)).rejects.toMatchObject({ code: 'ERR_KEY_LOOKUP', status: 503 })
  })
})

test.each<[string, Partial<JwtOptions>]>([
  ['a key set by http', { jwks: 'http://login.example/keys' }],
  ['a key set with a query', { jwks: 'https://login.example/keys?x=1' }],
  ['no issuer', { issuer: [] }],
  ['no audience', { audience: '' }],
  ['an HMAC', { algorithms: ['HS256'] }],
  ['no algorithm', { algorithms: ['none'] }],
  ['an empty list of algorithms', { algorithms: [] }],
])('%s is refused when the scheme is made', (_name, more) => {
  expect(() => jwt(options(more))).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
})

describe('without the package jose', () => {
  const source = fileURLToPath(new URL('../../src/schemes/jwt.ts', import.meta.url))
  const inside = fileURLToPath(new URL('../../node_modules/.hookproof-jwt-', import.meta.url))
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(inside)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** What a program gets that uses the built scheme, in either module system. */
  async function run(format: 'esm' | 'cjs', external: string): Promise<string> {
    const ending = format === 'esm' ? 'mjs' : 'cjs'
    const file = `${folder}/${external}.${ending}`
    const contents = `
      import { jwt } from ${JSON.stringify(source)}
      const scheme = jwt({ jwks: '${JWKS}', issuer: ['https://login.example/'], audience: 'api://ours',
        fetch: async () => Response.json(${JSON.stringify(set(jwk(own.publicKey, 'k1')))}) })
      const header = () => 'Bearer ${token()}'
      scheme.verify({ header, now: ${NOW}, toleranceMs: 0 }).then((v) => console.log(v.coverage), (e) => console.log(e.code, e.message))
    `
    const rename = {
      name: 'rename',
      setup: (given: { onResolve(o: object, f: () => object): void }) =>
        given.onResolve({ filter: /^jose$/ }, () => ({ path: external, external: true })),
    }
    await build({
      stdin: { contents, resolveDir: folder, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format,
      outfile: file,
      plugins: [rename],
      logLevel: 'silent',
    })
    return execFileSync(process.execPath, [file], { encoding: 'utf8' }).trim()
  }

  test.each(['esm', 'cjs'] as const)(
    '%s: it works where jose is there, and says how to install it where not',
    async (format) => {
      expect(await run(format, 'jose')).toBe('token')
      expect(await run(format, 'no-such-package')).toMatch(/^ERR_PEER_MISSING .*npm install jose/)
    },
  )
})
