// Runs the contracts with every driver, each under the runtime that has it: node run.mjs [driver]. The main package is built first.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const runs = [
  ['node', 'node:sqlite', 'sqlite.mjs'],
  ['node', 'better-sqlite3', 'sqlite.mjs'],
  ['node', 'a path', 'sqlite.mjs'],
  ['node', 'node:sqlite', 'read-only.mjs'],
  ['node', 'better-sqlite3', 'read-only.mjs'],
  ['bun', 'bun:sqlite', 'sqlite.mjs'],
  ['bun', 'a path', 'sqlite.mjs'],
  ['bun', 'bun:sqlite', 'read-only.mjs'],
  ['node', 'pglite', 'postgres.mjs'],
  ['node', 'query builders', 'builders.mjs'],
]
const wanted = process.argv.slice(2)

/** The main package's way to a Postgres of one's own, whose source is TypeScript. */
async function postgres() {
  const outfile = here('node_modules/.cache/support.mjs')
  await build({
    entryPoints: [here('../support/postgres.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  })
  const { postgresAvailable, startPostgres } = await import(outfile)
  return postgresAvailable() ? await startPostgres() : undefined
}

function runOne([runtime, driver, script], url) {
  const env = url === undefined ? process.env : { ...process.env, TEST_POSTGRES_URL: url }
  const stdio = ['ignore', 'pipe', 'inherit']
  const { stdout, status } = spawnSync(here(`node_modules/.bin/${runtime}`), [here(script), driver], {
    env,
    encoding: 'utf8',
    stdio,
  })
  process.stdout.write(`${runtime}: ${stdout}`)
  const [passed = 0, failed = 1] = /(\d+) passed, (\d+) failed/.exec(stdout)?.slice(1).map(Number) ?? []
  return { passed, failed: status === 0 ? failed : Math.max(failed, 1) }
}

const server = await postgres()
try {
  const chosen = runs.filter(([, driver]) => wanted.length === 0 || wanted.includes(driver))
  const counts = chosen.map((run) => runOne(run, server?.url))
  const sum = (name) => counts.reduce((total, count) => total + count[name], 0)
  const report = { passed: sum('passed'), failed: sum('failed') }
  mkdirSync(here('reports'), { recursive: true })
  writeFileSync(here('reports/tests.json'), JSON.stringify(report))
  console.log(`${report.passed} passed, ${report.failed} failed`)
  process.exitCode = report.failed === 0 && report.passed > 0 ? 0 : 1
} finally {
  await server?.stop()
}
