// The SQLite store on files that may not be written, with one driver: node read-only.mjs <driver>
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { count, dist, report } from './cases.mjs'
import { readOnlyCases } from './read-only-files.mjs'

const drivers = {
  'node:sqlite': async () => (await import('node:sqlite')).DatabaseSync,
  'better-sqlite3': async () => (await import('better-sqlite3')).default,
  'bun:sqlite': async () => (await import('bun:sqlite')).Database,
}

const [driver, folder] = process.argv.slice(2)
if (folder === undefined) inAnotherProcess()
else await run()

/** The one that gives up its rights could not remove the files. */
function inAnotherProcess() {
  const made = mkdtempSync(join(tmpdir(), 'hookproof-read-only-'))
  try {
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), driver, made], { stdio: 'inherit' })
    process.exitCode = status ?? 1
  } finally {
    rmSync(made, { recursive: true })
  }
}

async function run() {
  const [{ createReceiver }, { github }, { sqliteStore }, Database] = await Promise.all([
    import(new URL('index.js', dist)),
    import(new URL('providers/github.js', dist)),
    import(new URL('stores/sqlite.js', dist)),
    drivers[driver](),
  ])
  // A driver looks for its binary at the first database.
  new Database(':memory:').close()
  const sources = { createReceiver, github, sqliteStore }
  const { cases, restore } = await readOnlyCases(folder, (path) => new Database(path), sources)
  const result = await count(cases)
  restore()
  report(`${driver}, read-only`, [result])
}
