// Runs the contracts with every driver, each under the runtime that has it. `npm run build` in the main package comes first.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const bin = (name) => fileURLToPath(new URL(`node_modules/.bin/${name}`, import.meta.url))
const runs = [
  ['node', 'node:sqlite'],
  ['node', 'better-sqlite3'],
  ['node', 'a path'],
  ['bun', 'bun:sqlite'],
  ['bun', 'a path'],
  ['node', 'pglite'],
  ['node', 'query builders'],
]
const wanted = process.argv.slice(2)
const files = { pglite: 'postgres.mjs', 'query builders': 'builders.mjs' }
let passed = 0
let failed = 0
for (const [runtime, driver] of runs) {
  if (wanted.length > 0 && !wanted.includes(driver)) continue
  const script = fileURLToPath(new URL(files[driver] ?? 'sqlite.mjs', import.meta.url))
  const { stdout, status } = spawnSync(bin(runtime), [script, driver], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const counted = /(\d+) passed, (\d+) failed/.exec(stdout)
  process.stdout.write(`${runtime}: ${stdout}`)
  passed += Number(counted?.[1] ?? 0)
  failed += Number(counted?.[2] ?? 1)
  if (status !== 0 && counted?.[2] === '0') failed++
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
