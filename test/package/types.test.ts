import { appendFile, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { describe, expect, inject, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import type { Sources } from '../architecture/rules/sources.js'
import { attw, built, declarationProblems, packExpanded } from './rules.js'

const { folder, tarball } = inject('packed')

test('publint finds nothing, in strict mode', async () => {
  const { messages } = await publint({ pkgDir: folder, pack: false, strict: true })
  expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([])
})

describe('attw', () => {
  const target = (name: string): string => join(dirname(tarball), name)

  test('finds the types of every subpath, in ESM and CommonJS', async () => {
    const { problems, subpaths } = await attw(await packExpanded(folder, target('expanded')))
    expect(subpaths).toHaveLength(built.length + 1)
    expect(subpaths).toContain('./providers/github')
    expect(problems).toEqual([])
  })

  test("reports one provider's broken types", async () => {
    const broken = await packExpanded(folder, target('broken'), (copy) =>
      appendFile(join(copy, 'dist/providers/github.d.ts'), "\nexport type { Gone } from '../gone.js'\n"),
    )
    const { problems } = await attw(broken)
    expect(problems).toEqual(['InternalResolutionError /node_modules/hookproof/dist/providers/github.d.ts ../gone.js'])
  })
})

describe('declarations', () => {
  test('need nothing that package.json does not list', async () => {
    const names = await readdir(join(folder, 'dist'), { recursive: true })
    const found = names.filter((name) => /\.d\.c?ts$/.test(name)).map((name) => `dist/${name.replaceAll('\\', '/')}`)
    const texts = await Promise.all(
      found.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
    )
    expect(found.length).toBeGreaterThanOrEqual(2 * built.length)
    expect(declarationProblems(Object.fromEntries(texts))).toEqual([])
  })

  const head: Sources = { 'dist/errors-a1.d.ts': '', 'dist/errors-a1.d.cts': '' }
  test.each<[string, string, string]>([
    ['dist/providers/acme.d.ts', "import { Gone } from '@octokit/webhooks-types'", '@octokit/webhooks-types'],
    ['dist/providers/acme.d.ts', "import './block-kit/block-elements'", './block-kit/block-elements'],
    ['dist/providers/acme.d.cts', "export type { E } from '../errors-b2.cjs'", '../errors-b2.cjs'],
    ['dist/providers/acme.d.ts', "export type T = import('stripe-types').T", 'stripe-types'],
    ['dist/index.d.ts', "import type { Server } from 'node:http'", 'node:http'],
    ['dist/index.d.ts', '/// <reference types="node" />', 'node'],
  ])('are reported: %s with %s', (path, text, missing) => {
    expect(declarationProblems({ ...head, [path]: text })).toEqual([
      `${path} needs ${missing}, which package.json does not list`,
    ])
  })

  test.each([
    ['dist/providers/acme.d.ts', "export type { E } from '../errors-a1.js'"],
    ['dist/providers/acme.d.cts', "export type { E } from '../errors-a1.cjs'"],
    ['dist/events/stripe.d.ts', "import type Stripe from 'stripe'"],
    ['dist/node.d.ts', "import type { Server } from 'node:http'"],
  ])('may be: %s with %s', (path, text) => {
    expect(declarationProblems({ ...head, [path]: text })).toEqual([])
  })
})
