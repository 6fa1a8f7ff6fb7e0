import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, inject, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { inlinedTypes } from '../../tsup.config.js'
import { root } from '../architecture/rules/sources.js'
import { built } from './rules.js'

const { folder, tarball } = inject('packed')
const { stdout } = await promisify(execFile)('tar', ['-tzf', tarball])
const files = stdout
  .trim()
  .split('\n')
  .map((name) => name.replace(/^package\//, ''))

test('the tarball holds code and declarations of every entry, in both formats', () => {
  const wanted = built.flatMap((name) => ['js', 'cjs', 'd.ts', 'd.cts'].map((ending) => `dist/${name}.${ending}`))
  expect(wanted.filter((name) => !files.includes(name))).toEqual([])
})

test('the tarball holds licence, notices, README and CHANGELOG', () => {
  expect(files).toEqual(
    expect.arrayContaining(['LICENSE', 'THIRD_PARTY_NOTICES', 'README.md', 'CHANGELOG.md', 'package.json']),
  )
})

test('the tarball holds no sources, tests, source maps or settings', () => {
  const allowed =
    /^(dist\/.+\.(c?js|d\.c?ts)|docs\/.+\.(md|svg)|LICENSE|THIRD_PARTY_NOTICES|README\.md|CHANGELOG\.md|package\.json)$/
  expect(files.filter((name) => !allowed.test(name))).toEqual([])
  expect(files.filter((name) => /(^|\/)(src|test|scripts|demo|examples)\//.test(name))).toEqual([])
})

test('the notices name every package whose declarations are inlined, in the version that is built', async () => {
  const notices = await readFile(join(folder, 'THIRD_PARTY_NOTICES'), 'utf8')
  const named = inlinedTypes.map((name) => `${name} ${manifest.devDependencies[name]}`)
  expect(named.filter((line) => !notices.split('\n').includes(line))).toEqual([])
  const slack = await readFile(join(root, 'node_modules/@slack/types/LICENSE'), 'utf8')
  expect(notices).toContain(slack.trim())
})

test('only what is listed has to be installed', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['raw-body'])
  expect(Object.keys(manifest.peerDependencies).sort()).toEqual(Object.keys(manifest.peerDependenciesMeta).sort())
  expect(Object.values(manifest.peerDependenciesMeta)).toSatisfy((peers: { optional: boolean }[]) =>
    peers.every(({ optional }) => optional),
  )
})

test('the package stays small', async () => {
  const sizes = await Promise.all(
    files.filter((name) => !name.endsWith('/')).map(async (name) => (await stat(join(folder, name))).size),
  )
  const unpacked = sizes.reduce((sum, size) => sum + size, 0)
  const packed = (await stat(tarball)).size
  console.log(
    `tarball ${Math.round(packed / 1024)} KiB, unpacked ${Math.round(unpacked / 1024)} KiB, ${files.length} files`,
  )
  expect(packed).toBeLessThan(1024 * 1024)
})
