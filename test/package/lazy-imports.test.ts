import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'

const { folder } = inject('packed')
const files = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })

/** The packages that files of one kind load at first use, by how they do it. */
function loads(ending: string, pattern: RegExp): string[] {
  const texts = files
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(folder, 'dist', name), 'utf8'))
  return [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name as string)))].sort()
}

// Node before 20.19 cannot require what is an ES module only, such as jose 6.
describe('Optional packages', () => {
  test.each(['.js', '.cjs'])('are imported, in %s files too', (ending) => {
    expect(loads(ending, /\bimport\("([^".][^"]*)"\)/g)).toEqual(expect.arrayContaining(['jose', 'raw-body']))
  })

  test('are never required', () => {
    expect(loads('.cjs', /=>\s*(?:_interopRequireWildcard\()?require\("([^".][^"]*)"\)/g)).toEqual([])
  })
})
