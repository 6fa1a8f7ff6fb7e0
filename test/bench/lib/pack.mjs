// "Ours" is what npm would install: packed, unpacked, imported by its name.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const bench = fileURLToPath(new URL('..', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))
export const installed = join(bench, 'node_modules/hookproof')

/** Builds and packs the repository, and installs the tarball's content beside the peers. */
export function packOurs({ build }) {
  const run = (command, ...args) => execFileSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  if (build || !existsSync(join(root, 'dist/index.js'))) run('npm', 'run', '--silent', 'build', '--', '--silent')
  const folder = mkdtempSync(join(tmpdir(), 'hookproof-bench-'))
  try {
    run('npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder)
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
    rmSync(installed, { recursive: true, force: true })
    mkdirSync(installed, { recursive: true })
    run('tar', '-xzf', join(folder, tarball), '-C', installed, '--strip-components=1')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Names and versions of everything that is measured. */
export function versions() {
  const { dependencies } = JSON.parse(readFileSync(join(bench, 'package.json'), 'utf8'))
  return dependencies
}
