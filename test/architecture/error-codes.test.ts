import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ERROR_CODES } from '../../src/errors.js'
import { errorCodeProblems } from './rules/error-codes.js'
import { readSources, root, type Sources } from './rules/sources.js'

const errors = join(root, 'docs/errors.md')

test('every code is in the table and has one heading in docs/errors.md', () => {
  expect(ERROR_CODES).toContain('ERR_SIGNATURE_MISMATCH')
  const markdown = existsSync(errors) ? readFileSync(errors, 'utf8') : ''
  expect(errorCodeProblems(ERROR_CODES, readSources('src'), markdown)).toEqual([])
})

const table = ['ERR_A', 'ERR_B']
const sources: Sources = { 'src/errors.ts': 'const TABLE = { ERR_A: 1, ERR_B: 2 }', 'src/core/a.ts': "warn('WARN_C')" }
const markdown = '# Errors\n\n### ERR_A\n\ntext\n\n### `ERR_B`\n\n## WARN_C\n'

test('codes that agree are in order, and codes of others are not ours', () => {
  expect(errorCodeProblems(table, sources, markdown)).toEqual([])
  expect(errorCodeProblems(table, { ...sources, 'src/schemes/jwt.ts': "'ERR_JWT_EXPIRED'" }, markdown)).toEqual([])
})

test.each<[string, readonly string[], Sources, string, string]>([
  [
    'a code is used that the table lacks',
    table,
    { ...sources, 'src/core/b.ts': "fail('ERR_D')" },
    markdown,
    'src uses ERR_D, which is not in the table',
  ],
  [
    'a code has no heading',
    table,
    sources,
    markdown.replace('### ERR_A', ''),
    'ERR_A has no heading in docs/errors.md',
  ],
  [
    'a warning has no heading',
    table,
    sources,
    markdown.replace('## WARN_C', ''),
    'WARN_C has no heading in docs/errors.md',
  ],
  [
    'a heading has no code',
    table,
    sources,
    `${markdown}\n### ERR_OLD\n`,
    'docs/errors.md describes ERR_OLD, which does not exist',
  ],
  ['a heading stands twice', table, sources, `${markdown}\n### ERR_A\n`, 'docs/errors.md describes ERR_A twice'],
])('is reported when %s', (_title, codes, code, text, problem) => {
  expect(errorCodeProblems(codes, code, text)).toEqual([problem])
})
