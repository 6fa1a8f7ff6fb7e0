import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const src = fileURLToPath(new URL('../../src/', import.meta.url))
const require = createRequire(import.meta.url)

export interface Program {
  /** Starts the program in a process of its own; resolves to what it printed, once it exited with 0. */
  run(...values: readonly string[]): Promise<string>
  remove(): void
}

/** Bundles a program that imports from `src/…` and from the dev dependencies, so that several processes can run it. */
export async function program(code: string): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'hookproof-program-'))
  const file = join(folder, 'program.mjs')
  writeFileSync(join(folder, 'source.ts'), code)
  await build({
    entryPoints: [join(folder, 'source.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    alias: { src },
    nodePaths: [fileURLToPath(new URL('../../node_modules', import.meta.url))],
    // A binary is found beside its own package only.
    plugins: [
      {
        name: 'native',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^libsql$/ }, () => ({ path: require.resolve('libsql'), external: true })),
      },
    ],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  })
  const children = new Set<ChildProcess>()
  return {
    run(...values) {
      const child = spawn(process.execPath, [file, ...values], { stdio: ['ignore', 'pipe', 'pipe'] })
      children.add(child)
      return outputOf(child)
    },
    remove() {
      for (const child of children) child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function outputOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let [out, err] = ['', '']
    child.stdout?.on('data', (data) => {
      out += data
    })
    child.stderr?.on('data', (data) => {
      err += data
    })
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`exit ${code}: ${err}`))))
  })
}
