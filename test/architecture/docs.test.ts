import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { blocksOf, docsProblems, linkProblems } from './rules/docs.js'
import { readSources, root, type Sources } from './rules/sources.js'

const run = promisify(execFile)
const documents: Sources = {
  ...readSources('docs', /\.md$/),
  'README.md': readFileSync(join(root, 'README.md'), 'utf8'),
  'CONTRIBUTING.md': readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8'),
}

describe('README and docs', () => {
  test('hold TypeScript that compiles', () => {
    expect(blocksOf('README.md', documents['README.md'] ?? '')).not.toEqual([])
    expect(docsProblems(documents)).toEqual([])
  })

  test('link to files that are there', () => {
    expect(linkProblems(documents, (path) => existsSync(join(root, path)))).toEqual([])
  })

  test('name every option of createReceiver, and no other', () => {
    const types = readFileSync(join(root, 'src/types/receiver.ts'), 'utf8')
    const [, options = ''] = /interface ReceiverOptions[^{]*\{(.*?)^\}/ms.exec(types) ?? []
    const [, table = ''] = /## Options\n(.*?)\n## /s.exec(documents['docs/receiver.md'] ?? '') ?? []
    const names = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = '']) => name)
    expect(names(table, /^\| `(\w+)` \|/gm).sort()).toEqual(names(options, /^ {2}readonly (\w+)\?:/gm).sort())
    expect(names(table, /^\| `(\w+)` \|/gm)).toContain('storeTimeoutMs')
  })

  test('have a row for each file of src/core, and for no other', () => {
    const [, section = ''] = (documents['docs/architecture.md'] ?? '').split('## src/core')
    const rows = (section.split('\n## ')[0] ?? '').matchAll(/^\| (`.*?) \|/gm)
    const named = [...rows].flatMap(([, cell = '']) => cell.replaceAll('`', '').split(', '))
    const files = Object.keys(readSources('src/core')).map((path) => path.slice('src/core/'.length, -'.ts'.length))
    expect(named.sort()).toEqual(files.sort())
  })

  test('are up to date where they are generated', async () => {
    const { stdout } = await run('node', ['scripts/gen.mjs', '--check'], { cwd: root })
    expect(stdout).toMatch(/\d+ generated files? up to date/)
  })
})

describe('is reported:', () => {
  const fence = '```'
  const example = (code: string): Sources => ({ 'docs/bad.md': `# Bad\n\n${fence}ts\n${code}\n${fence}\n` })

  test.each([
    ['a wrong type', 'const limit: number = "10"', "docs/bad.md:4 Type 'string' is not assignable"],
    [
      'an unknown export',
      "import { nothing } from 'hookproof/errors-of-yesterday'",
      "docs/bad.md:4 Cannot find module 'hookproof/errors-of-yesterday'",
    ],
    ['broken syntax', 'const limit = )', 'docs/bad.md:4 Expression expected.'],
  ])('%s in a code block', (_title, code, problem) => {
    expect(docsProblems(example(code))[0]).toContain(problem)
  })

  test('a link to a file that is not there', () => {
    const text = { 'docs/bad.md': '[here](here.md) [there](../gone.md#x) [web](https://x.test) [top](#top)' }
    expect(linkProblems(text, (path) => path === 'docs/here.md')).toEqual([
      'docs/bad.md links to ../gone.md, which is not there',
    ])
  })
})
