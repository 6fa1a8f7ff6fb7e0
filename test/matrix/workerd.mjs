// Runs the smoke checks against a Worker in workerd: bundled by esbuild, with nodejs_compat.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { smoke } from './smoke.mjs'

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('sites/worker.mjs', import.meta.url))],
  bundle: true,
  format: 'esm',
  write: false,
  external: ['node:*'],
  conditions: ['workerd', 'worker', 'import'],
})
const worker = new Miniflare({
  modules: true,
  script: outputFiles[0].text,
  compatibilityDate: '2026-01-01',
  compatibilityFlags: ['nodejs_compat'],
  host: '127.0.0.1',
  port: 0,
})
const { origin } = await worker.ready
const result = await smoke(`${origin}/hooks/acme`)
await worker.dispose()
console.log(JSON.stringify({ ...result, note: `${outputFiles[0].contents.length} bytes` }))
process.exit(0)
