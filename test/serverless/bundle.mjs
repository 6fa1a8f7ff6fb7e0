import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const path = (name) => fileURLToPath(new URL(name, import.meta.url))

/** src as one module for Node: its address, for this process and those that it starts. */
export async function bundleSources() {
  const folder = mkdtempSync(join(tmpdir(), 'hookproof-serverless-'))
  const outfile = join(folder, 'hookproof.mjs')
  await build({
    entryPoints: [path('sources.mjs')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    logLevel: 'error',
  })
  return { url: pathToFileURL(outfile).href, folder, dispose: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The Worker as one script. */
export async function bundleWorker() {
  const options = {
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    external: ['node:*'],
    logLevel: 'error',
  }
  const { outputFiles } = await build({
    entryPoints: [path('worker.mjs')],
    conditions: ['workerd', 'worker', 'import'],
    ...options,
  })
  return outputFiles[0].text
}
