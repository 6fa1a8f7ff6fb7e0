import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))
const cache = `${root}node_modules/.cache/hookproof`
let loaded = 0

/** The exports of TypeScript modules of src, so that a generator needs no build: `loadSource({ github: 'src/providers/github.ts' })`. */
export async function loadSource(paths) {
  const contents = Object.entries(paths)
    .map(([name, path]) => `export * as ${JSON.stringify(name)} from './${path}'`)
    .join('\n')
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  })
  mkdirSync(cache, { recursive: true })
  const file = `${cache}/source-${process.pid}-${loaded++}.mjs`
  writeFileSync(file, outputFiles[0].text)
  try {
    return await import(file)
  } finally {
    rmSync(file)
  }
}
