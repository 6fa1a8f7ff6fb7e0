import { expect, test } from 'vitest'
import { oracleProblems } from './rules/oracles.js'
import { readSources, type Sources } from './rules/sources.js'

const code = /\.[cm]?[jt]s$/

test('nothing that signs or judges in tests and demo uses hookproof', () => {
  const sources = { ...readSources('test', code), ...readSources('demo', code), ...readSources('scripts', code) }
  expect(oracleProblems(sources)).toEqual([])
})

test.each<[string, Sources]>([
  ['imports hookproof', { 'test/oracles/stripe.mjs': "import { createReceiver } from 'hookproof'" }],
  ['imports hookproof/testing', { 'test/oracles/stripe.mjs': "import { signRequest } from 'hookproof/testing'" }],
  ['imports src', { 'test/oracles/deep/stripe.ts': "import { hmac } from '../../../src/schemes/hmac.js'" }],
  ['imports dist', { 'demo/sender.mjs': "import { x } from '../dist/testing.js'" }],
  ['requires hookproof', { 'test/fixtures/make.cjs': "const { x } = require('hookproof')" }],
  ['loads hookproof later', { 'demo/sender.mjs': "const { x } = await import('hookproof/testing')" }],
  [
    'imports it through another file',
    {
      'demo/sender.mjs': "import './lib/sign.mjs'",
      'demo/lib/sign.mjs': "import { signRequest } from 'hookproof/testing'",
    },
  ],
])('an oracle that %s is reported', (_title, sources) => {
  expect(oracleProblems(sources)).toEqual([expect.stringContaining('an oracle uses hookproof')])
})

test('a comparer may import hookproof and an oracle, and nothing that judges by itself', () => {
  const oracle = { 'test/oracles/vendors/stripe.mjs': "import Stripe from 'stripe'" }
  const imports =
    "import { test } from 'vitest'\nimport { stripe } from 'hookproof/providers/stripe'\nimport { judge } from './vendors/stripe.mjs'"
  expect(oracleProblems({ ...oracle, 'test/oracles/stripe.test.ts': imports })).toEqual([])
  expect(
    oracleProblems({
      ...oracle,
      'test/oracles/stripe.test.ts': `${imports}\nimport { createHmac } from 'node:crypto'`,
    }),
  ).toEqual(['test/oracles/stripe.test.ts imports hookproof and node:crypto: move the oracle to a file of its own'])
})

test('an oracle of its own is in order', () => {
  expect(
    oracleProblems({
      'test/oracles/stripe.mjs': "import { createHmac } from 'node:crypto'\nimport Stripe from 'stripe'",
    }),
  ).toEqual([])
})
