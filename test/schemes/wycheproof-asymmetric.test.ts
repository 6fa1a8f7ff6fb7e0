import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ecdsa } from '../../src/schemes/ecdsa.js'
import { rsa } from '../../src/schemes/rsa.js'
import type { Scheme, Verdict } from '../../src/types.js'
import { incomingOf } from '../support/incoming.js'

interface Suite {
  readonly numberOfTests: number
  readonly testGroups: readonly {
    readonly publicKeyPem: string
    readonly tests: readonly {
      readonly tcId: number
      readonly comment: string
      readonly msg: string
      readonly sig: string
      readonly result: 'valid' | 'invalid' | 'acceptable'
    }[]
  }[]
}

const folder = new URL('../../../shared/vectors/wycheproof/', import.meta.url)
const signature = { header: 'x-signature' }

const suites = [
  {
    file: 'rsa_signature_2048_sha256_test.json',
    scheme: (publicKey: string) => rsa({ publicKey, signature, encoding: 'hex' }),
    expected: { accepted: 9, refused: 250 },
  },
  {
    file: 'ecdsa_secp256r1_sha256_test.json',
    scheme: (publicKey: string) => ecdsa({ publicKey, signature, encoding: 'hex' }),
    expected: { accepted: 174, refused: 310 },
  },
]

async function verdictOf(scheme: Scheme, body: string, hex: string): Promise<Verdict> {
  return scheme.verify(incomingOf({ headers: { 'x-signature': hex }, body: Buffer.from(body, 'hex') }))
}

// The sets lie beside the repository, not in it: they are 540 kB that no release needs.
describe.runIf(existsSync(folder))('Wycheproof', () => {
  test.each(suites)('$file: what is valid is accepted, all else refused', async ({ file, scheme, expected }) => {
    const suite = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Suite
    const counts = { accepted: 0, refused: 0 }
    const wrong: string[] = []
    for (const { publicKeyPem, tests } of suite.testGroups) {
      const one = scheme(publicKeyPem)
      for (const { tcId, comment, msg, sig, result } of tests) {
        const accepted = typeof (await verdictOf(one, msg, sig)) !== 'string'
        counts[accepted ? 'accepted' : 'refused'] += 1
        // "Acceptable" is the one signature without the NULL of its algorithm: senders do not make those.
        if (accepted !== (result === 'valid')) wrong.push(`${tcId} ${result}: ${comment}`)
      }
    }
    console.log(`${file}: ${counts.accepted} accepted, ${counts.refused} refused`)
    expect(wrong).toEqual([])
    expect(counts).toEqual(expected)
    expect(counts.accepted + counts.refused).toBe(suite.numberOfTests)
  })
})
