import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { entries } from '../../tsup.config.js'
import { type ExportMap, exportProblems } from './rules/exports.js'
import { root } from './rules/sources.js'

test('every built entry is exported, and every export is built', () => {
  expect(exportProblems(manifest.exports, Object.keys(entries()))).toEqual([])
})

test('every file that package.json promises is there', () => {
  const missing = manifest.files.filter((name) => name !== 'dist' && !existsSync(join(root, name)))
  expect(missing).toEqual([])
})

const conditionsOf = (name: string): ExportMap[string] => ({
  import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
  require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
})
const exportMap: ExportMap = {
  '.': conditionsOf('index'),
  './providers/*': conditionsOf('providers/*'),
  './koa': conditionsOf('koa'),
  './package.json': './package.json',
}
const built = ['index', 'koa', 'providers/acme']

test('a pattern exports every file of its folder', () => {
  expect(exportProblems(exportMap, [...built, 'providers/other'])).toEqual([])
})

test.each<[string, ExportMap, string[], string]>([
  ['an entry is not exported', exportMap, [...built, 'lambda'], './lambda is built and not exported'],
  [
    'an export is not built',
    { ...exportMap, './nest': conditionsOf('nest') },
    built,
    './nest is exported and not built',
  ],
  ['a pattern matches nothing', exportMap, ['index', 'koa'], './providers/* is exported and not built'],
  [
    'an export names another file',
    { ...exportMap, './koa': conditionsOf('express') },
    built,
    './koa does not name the files of koa',
  ],
  [
    'an export has no declarations for CommonJS',
    {
      ...exportMap,
      './koa': {
        import: { types: './dist/koa.d.ts', default: './dist/koa.js' },
        require: { default: './dist/koa.cjs' },
      },
    },
    built,
    './koa does not name the files of koa',
  ],
  [
    'declarations come after the code',
    {
      ...exportMap,
      './koa': {
        import: { default: './dist/koa.js', types: './dist/koa.d.ts' },
        require: { types: './dist/koa.d.cts', default: './dist/koa.cjs' },
      },
    },
    built,
    './koa does not name the files of koa',
  ],
])('is reported when %s', (_title, map, names, problem) => {
  expect(exportProblems(map, names)).toEqual([problem])
})
