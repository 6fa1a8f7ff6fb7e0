import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, test } from 'vitest'
import { built } from './rules.js'

const { project } = inject('packed')
const subpaths = built.map((name) => (name === 'index' ? 'hookproof' : `hookproof/${name}`))

/** What a program prints as JSON that a user runs with plain Node in a project of their own. */
async function runProgram(name: string, text: string): Promise<unknown> {
  await writeFile(join(project, name), text)
  const { stdout, stderr } = await promisify(execFile)('node', ['--throw-deprecation', name], { cwd: project })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

const list = JSON.stringify(subpaths)
const exportsByImport = (): Promise<unknown> =>
  runProgram(
    'all.mjs',
    `const all = {}
     for (const path of ${list}) all[path] = Object.keys(await import(path)).sort()
     console.log(JSON.stringify(all))`,
  )
const exportsByRequire = (): Promise<unknown> =>
  runProgram(
    'all.cjs',
    `const all = {}
     for (const path of ${list}) all[path] = Object.keys(require(path)).sort()
     console.log(JSON.stringify(all))`,
  )

test('every subpath loads with import and with require, and exports the same', async () => {
  const [imported, required] = await Promise.all([exportsByImport(), exportsByRequire()])
  expect(Object.keys(imported as object)).toEqual(subpaths)
  expect(required).toEqual(imported)
  expect(imported).toMatchObject({
    hookproof: expect.arrayContaining(['createReceiver', 'isWebhookError', 'memoryStore']),
  })
})

test('no subpath has a default export', async () => {
  const withDefault = Object.entries((await exportsByImport()) as Record<string, string[]>).filter(([, names]) =>
    names.includes('default'),
  )
  expect(withDefault).toEqual([])
})

test('loading the package loads no dependency: raw-body comes with the first body', async () => {
  const loaded = await runProgram(
    'dependencies.cjs',
    `for (const path of ${list}) require(path)
     console.log(JSON.stringify(Object.keys(require.cache).filter((file) => file.includes('node_modules') && !file.includes('node_modules/hookproof/'))))`,
  )
  expect(loaded).toEqual([])
})

describe('an error', () => {
  const thrown = "(() => { try { github({ secret: '' }) } catch (error) { return error } })()"
  const judge =
    '({ code: error.code, isInstance: error instanceof WebhookError && error instanceof ConfigError, isWebhookError: isWebhookError(error) })'
  const expected = { code: 'ERR_SECRET_INVALID', isInstance: true, isWebhookError: true }

  test('of one subpath is an instance of the class of another, with import', async () => {
    const program = `import { ConfigError, WebhookError, isWebhookError } from 'hookproof'
      import { github } from 'hookproof/providers/github'
      const error = ${thrown}
      console.log(JSON.stringify(${judge}))`
    expect(await runProgram('error.mjs', program)).toEqual(expected)
  })

  test('of one subpath is an instance of the class of another, with require', async () => {
    const program = `const { ConfigError, WebhookError, isWebhookError } = require('hookproof')
      const { github } = require('hookproof/providers/github')
      const error = ${thrown}
      console.log(JSON.stringify(${judge}))`
    expect(await runProgram('error.cjs', program)).toEqual(expected)
  })

  test('of the CommonJS copy is known to isWebhookError of the ESM copy, and the reverse', async () => {
    const program = `import { createRequire } from 'node:module'
      import * as esm from 'hookproof'
      import { github as esmGithub } from 'hookproof/providers/github'
      const require = createRequire(import.meta.url)
      const cjs = require('hookproof')
      const results = []
      for (const [github, { isWebhookError }] of [[require('hookproof/providers/github').github, esm], [esmGithub, cjs]]) {
        const error = ${thrown}
        results.push(isWebhookError(error))
      }
      console.log(JSON.stringify({ results, unrelated: esm.isWebhookError(new Error('x')) }))`
    expect(await runProgram('copies.mjs', program)).toEqual({ results: [true, true], unrelated: false })
  })
})
