import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Registry, registryProblems } from './rules/registry.js'
import { readSources, root } from './rules/sources.js'

const fixtures = join(root, 'test/fixtures/providers')
const table = join(root, 'docs/providers.md')

test('every provider is one file, one fixture and one docs row of the same name', () => {
  const providers = readSources('src/providers')
  expect(Object.keys(providers)).toContain('src/providers/github.ts')
  expect(
    registryProblems({
      providers,
      fixtures: existsSync(fixtures) ? readdirSync(fixtures).filter((name) => name.endsWith('.json')) : [],
      docs: existsSync(table) ? readFileSync(table, 'utf8') : '',
    }),
  ).toEqual([])
})

const acme =
  "export function acmeOne(): P { return defineProvider({ id: 'acme-one', docs: 'https://acme.test/hooks' }) }"
const complete: Registry = {
  providers: { 'src/providers/acme-one.ts': acme, 'src/providers/_shared.ts': 'export const x = 1' },
  fixtures: ['acme-one.json'],
  docs: '| name | id |\n|---|---|\n| Acme | `acme-one` |\n',
}

test('a provider with all three is in order', () => {
  expect(registryProblems(complete)).toEqual([])
})

test.each<[string, Partial<Registry>, string]>([
  ['has no fixture', { fixtures: [] }, 'acme-one has no fixture'],
  ['has no docs row', { docs: '| name |\n|---|\n' }, 'acme-one has no row'],
  ['has a fixture without a file', { fixtures: ['acme-one.json', 'gone.json'] }, 'the fixture gone.json belongs'],
  ['has a docs row without a file', { docs: `${complete.docs}| Gone | \`gone\` |` }, 'the docs row gone belongs'],
  [
    'has another id than its file',
    { providers: { 'src/providers/acme-one.ts': acme.replace("'acme-one'", "'acme'") } },
    'declares the id acme',
  ],
  [
    'has no docs URL',
    { providers: { 'src/providers/acme-one.ts': acme.replace('https://acme.test/hooks', '') } },
    'has no docs URL',
  ],
  [
    'exports another name',
    { providers: { 'src/providers/acme-one.ts': acme.replace('acmeOne', 'acme') } },
    'does not export acmeOne',
  ],
])('a provider that %s is reported', (_title, change, problem) => {
  expect(registryProblems({ ...complete, ...change })).toEqual([expect.stringContaining(problem)])
})
