import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { root } from '../architecture/rules/sources.js'

const run = promisify(execFile)

/** The package as users get it. */
export interface Packed {
  readonly tarball: string
  /** A project with hookproof and its dependencies installed, and nothing else. */
  readonly project: string
  /** The unpacked package, inside the project. */
  readonly folder: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    packed: Packed
  }
}

let temporary: string | undefined

/** Packs once for all test files. */
export async function setup({ provide }: TestProject): Promise<void> {
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('dist is missing: npm run build')
  temporary = await mkdtemp(join(tmpdir(), 'hookproof-package-'))
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', temporary], {
    cwd: root,
  })
  const tarball = join(temporary, JSON.parse(stdout)[0].filename)
  const project = join(temporary, 'project')
  const folder = join(project, 'node_modules/hookproof')
  await mkdir(folder, { recursive: true })
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder])
  await symlink(join(root, 'node_modules/raw-body'), join(project, 'node_modules/raw-body'))
  provide('packed', { tarball, project, folder })
}

export async function teardown(): Promise<void> {
  if (temporary !== undefined) await rm(temporary, { recursive: true, force: true })
}
