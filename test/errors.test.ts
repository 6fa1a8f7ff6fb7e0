import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { ERROR_CODES, errorOf } from '../src/errors.js'

const program = `
import { ERROR_CODES, errorOf, PermanentError, RetryLater, WebhookError } from './src/errors.ts'
class Own extends PermanentError {}
export const named = ERROR_CODES.map((code) => [errorOf(code).name, String(errorOf(code)).split(':')[0]])
export const others = [new PermanentError(), new RetryLater(1), new WebhookError('ERR_SHED')].map(({ name }) => name)
export const own = new Own().name === Own.name && Own.name !== 'PermanentError'`

test('errors keep their names in a bundle whose bundler shortens names', async () => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
  })
  const text = outputFiles[0]?.text ?? ''
  const { named, others, own } = await import(`data:text/javascript,${encodeURIComponent(text)}`)
  const names = ERROR_CODES.map((code) => errorOf(code).constructor.name)
  expect(named).toEqual(names.map((name) => [name, name]))
  expect(new Set(names).size).toBe(5)
  expect(others).toEqual(['PermanentError', 'RetryLater', 'WebhookError'])
  expect(own).toBe(true)
})
