import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isWebhookError } from '../../src/errors.js'
import { DIGEST_BYTES, type HashName } from '../../src/lib/crypto.js'
import { ed25519 } from '../../src/schemes/ed25519.js'
import { hmac } from '../../src/schemes/hmac.js'
import type { Scheme } from '../../src/types.js'
import { incomingOf } from '../support/incoming.js'

interface Case {
  readonly tcId: number
  readonly comment: string
  readonly key?: string
  readonly msg: string
  readonly tag?: string
  readonly sig?: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
}
interface Suite {
  readonly numberOfTests: number
  readonly testGroups: readonly {
    readonly tagSize?: number
    readonly publicKey?: { readonly pk: string }
    readonly tests: readonly Case[]
  }[]
}

const folder = new URL('../../../shared/vectors/wycheproof/', import.meta.url)
const signature = { header: 'x-signature' }

function read(file: string): Suite {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Suite
}

function accepts(scheme: Scheme, msg: string, hex: string): boolean {
  const verdict = scheme.verify(incomingOf({ headers: { 'x-signature': hex }, body: Buffer.from(msg, 'hex') }))
  return typeof verdict !== 'string'
}

/** Undefined where the key is refused. */
function made(make: () => Scheme): Scheme | undefined {
  try {
    return make()
  } catch (error) {
    if (!isWebhookError(error) || error.code !== 'ERR_SECRET_INVALID') throw error
    return undefined
  }
}

// The sets lie beside the repository, not in it: they are megabytes that no release needs.
describe.runIf(existsSync(folder))('Wycheproof', () => {
  test.each<[HashName, { accepted: number; refused: number }]>([
    ['sha1', { accepted: 33, refused: 137 }],
    ['sha256', { accepted: 33, refused: 141 }],
    ['sha384', { accepted: 33, refused: 141 }],
    ['sha512', { accepted: 33, refused: 141 }],
  ])('HMAC-%s: whole tags are judged as labelled, truncated ones refused', (algorithm, expected) => {
    const suite = read(`hmac_${algorithm}_test.json`)
    const counts = { accepted: 0, refused: 0 }
    const wrong: string[] = []
    for (const { tagSize, tests } of suite.testGroups) {
      for (const { tcId, comment, key = '', msg, tag = '', result } of tests) {
        const scheme = made(() => hmac({ secret: key, key: 'hex', algorithm, signature }))
        const accepted = scheme !== undefined && accepts(scheme, msg, tag)
        counts[accepted ? 'accepted' : 'refused'] += 1
        const whole = tagSize === DIGEST_BYTES[algorithm] * 8
        if (accepted !== (whole && key !== '' && result === 'valid')) wrong.push(`${tcId} ${result}: ${comment}`)
      }
    }
    expect(wrong).toEqual([])
    expect(counts).toEqual(expected)
    expect(counts.accepted + counts.refused).toBe(suite.numberOfTests)
  })

  test('Ed25519: valid signatures are accepted, all else refused', () => {
    const suite = read('ed25519_test.json')
    const counts = { accepted: 0, refused: 0 }
    const wrong: string[] = []
    for (const { publicKey, tests } of suite.testGroups) {
      const scheme = made(() => ed25519({ publicKey: publicKey?.pk, signature }))
      for (const { tcId, comment, msg, sig = '', result } of tests) {
        const accepted = scheme !== undefined && accepts(scheme, msg, sig)
        counts[accepted ? 'accepted' : 'refused'] += 1
        if (accepted !== (result === 'valid')) wrong.push(`${tcId} ${result}: ${comment}`)
      }
    }
    expect(wrong).toEqual([])
    expect(counts).toEqual({ accepted: 88, refused: 63 })
    expect(counts.accepted + counts.refused).toBe(suite.numberOfTests)
  })
})
