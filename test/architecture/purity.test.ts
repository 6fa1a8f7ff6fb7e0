import { describe, expect, test } from 'vitest'
import { clockProblems, comparisonProblems, nodeImportProblems, timingSafeEqualProblems } from './rules/purity.js'
import { readSources } from './rules/sources.js'

const sources = readSources('src')

describe('node modules', () => {
  test('are imported only by lib/crypto, testing and the store that writes a file', () => {
    expect(nodeImportProblems(sources)).toEqual([])
  })

  test.each([
    ['src/core/receive.ts', "import { createHash } from 'node:crypto'"],
    ['src/lib/bytes.ts', "import { Buffer } from 'node:buffer'"],
    ['src/schemes/hmac.ts', "await import('node:crypto')"],
    ['src/stores/redis.ts', "import type { Socket } from 'node:net'"],
  ])('are reported in %s', (path, text) => {
    expect(nodeImportProblems({ [path]: text })).toEqual([expect.stringContaining(`${path}:1 imports node:`)])
  })

  test.each(['src/lib/crypto.ts', 'src/testing/_wire.ts', 'src/stores/_sqlite-check.ts'])(
    'are allowed in %s',
    (path) => {
      expect(nodeImportProblems({ [path]: "import { x } from 'node:fs'" })).toEqual([])
    },
  )
})

describe("the system's clock", () => {
  test('is read by the default clock only', () => {
    expect(clockProblems(sources)).toEqual([])
  })

  test.each(['const now = Date.now()', 'const clock = Date.now', 'const now = new Date()', 'const now = new Date'])(
    'is reported in `%s`',
    (text) => {
      expect(clockProblems({ 'src/core/claim.ts': text })).toHaveLength(1)
    },
  )

  test('is reported where the default clock is read a second time', () => {
    expect(clockProblems({ 'src/core/options.ts': 'const clock = Date.now' })).toEqual([])
    expect(clockProblems({ 'src/core/options.ts': 'const clock = Date.now\nconst start = Date.now()' })).toEqual([
      "src/core/options.ts:2 reads the system's clock",
    ])
  })

  test('is not read by dates of a given time', () => {
    expect(
      clockProblems({ 'src/core/claim.ts': '// Date.now\nconst then = new Date(5); const d = Date.parse(x)' }),
    ).toEqual([])
  })
})

describe('signatures, digests and tokens', () => {
  test('are compared in constant time only', () => {
    expect(comparisonProblems(sources)).toEqual([])
  })

  test.each([
    'if (signature === expected) ok()',
    'if (expected !== request.signature) refuse()',
    'if (given == hexDigest) ok()',
    'if (signatures[0] === expected) ok()',
    'if (expectedMac.toString() === given) ok()',
    'if (verify_token === options.value) ok()',
    'if (passcode! === (given as string)) ok()',
    'if (given.equals(digest)) ok()',
    'if (known.includes(token)) ok()',
    'if (Object.is(given, mac)) ok()',
  ])('are reported when compared as `%s`', (text) => {
    expect(comparisonProblems({ 'src/schemes/hmac.ts': text })).toHaveLength(1)
  })

  test.each([
    'if (signature === undefined) refuse()',
    "if (typeof token === 'string') ok()",
    'if (digest.length !== 32) refuse()',
    "if (token === '') refuse()",
    'if (signatureVersion !== version) skip()',
    'if (equalBytes(signature, expected)) ok()',
    'if (tokens.length === wanted.length) ok()',
    'if (machine === other) ok()',
    'if (name === params.signature) ok()',
  ])('may stand in `%s`', (text) => {
    expect(comparisonProblems({ 'src/schemes/hmac.ts': text })).toEqual([])
  })
})

describe('timingSafeEqual', () => {
  test('is used in one file of lib', () => {
    expect(timingSafeEqualProblems(sources)).toEqual([])
  })

  test.each([
    [{ 'src/core/verify.ts': 'timingSafeEqual(a, b)' }],
    [{ 'src/lib/crypto.ts': 'timingSafeEqual(a, b)', 'src/lib/bytes.ts': 'timingSafeEqual(a, b)' }],
  ])('is reported outside lib or twice: %o', (bad) => {
    expect(timingSafeEqualProblems(bad)).toHaveLength(Object.keys(bad).length)
  })
})
