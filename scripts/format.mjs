import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const biome = fileURLToPath(new URL('../node_modules/.bin/biome', import.meta.url))

/** A generated file's text as the linter wants it. */
export function format(file, text) {
  const options = { input: text, encoding: 'utf8', cwd: fileURLToPath(new URL('../', import.meta.url)) }
  return execFileSync(biome, ['check', '--write', `--stdin-file-path=${file}`], options)
}
