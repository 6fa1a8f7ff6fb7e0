// Adapter x runtime x result: every cell is a real server on a socket. The last line is the number of cells measured; it may not fall
// below floor.json. `npm run matrix [-- <part of a cell's name>]`.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cells, reasonFor, runtimes } from './cells.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const exec = promisify(execFile)
const bin = (name) => join(here, 'node_modules/.bin', name)

/** Rejects with all that the command printed. */
async function command(file, args, cwd) {
  try {
    return (await exec(file, args, { cwd, maxBuffer: 64 * 1024 * 1024 })).stdout.trim()
  } catch (error) {
    throw new Error(`${file} ${args.join(' ')}: ${error.stdout ?? ''}${error.stderr ?? ''}`)
  }
}

async function install(folder) {
  if (!existsSync(join(folder, 'node_modules')))
    await command('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], folder)
}

/** The package as users get it. HOOKPROOF_TARBALL names another one. */
async function installPackage() {
  const given = process.env.HOOKPROOF_TARBALL
  if (given === undefined && !(process.env.CI && existsSync(join(root, 'dist/index.js'))))
    await command('npm', ['run', '--silent', 'build'], root)
  const work = join(here, '.work')
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work)
  const packed =
    given ??
    join(
      work,
      (await command('npm', ['pack', '--ignore-scripts', '--pack-destination', work], root)).split('\n').at(-1),
    )
  await command('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--no-package-lock', packed], here)
}

/** The program that is a runtime, and its arguments before the script. */
async function runtimeCommand(runtime) {
  const [name, version] = runtime.split(' ')
  if (name === 'bun') return [bin('bun')]
  if (name === 'deno') return [bin('deno'), 'run', '--allow-all']
  if (name === 'workerd' || (process.version.startsWith(`v${version}.`) && version !== '20.12'))
    return [process.execPath]
  const wanted = version === '20.12' ? '20.12.2' : version
  return [await command('npx', ['-y', '-p', `node@${wanted}`, '-c', 'node -p process.execPath'], here)]
}

async function measure(cell, [file, ...args]) {
  const start = performance.now()
  const options = {
    cwd: here,
    timeout: 240_000,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: 'false', NO_COLOR: '1', ...cell.env },
  }
  const { stdout, stderr } = await exec(file, [...args, ...cell.program], options).catch((error) => error)
  const line = (stdout ?? '').trim().split('\n').at(-1) ?? ''
  const seconds = (performance.now() - start) / 1000
  try {
    return { ...JSON.parse(line), seconds }
  } catch {
    const error = `no result: ${line} ${(stderr ?? '').slice(-2000)}`
    return { passed: 0, skipped: [], failed: [{ id: 'the program itself', error }], stray: [], seconds }
  }
}

const filter = process.argv.slice(2).join(' ')
const wanted = cells.filter((cell) => `${cell.adapter} x ${cell.runtime}`.includes(filter))

await install(here)
const uses = (text) => wanted.some(({ adapter }) => adapter.startsWith(text))
for (const [name, folder] of [
  ['nest 11', 'sites/nest11'],
  ['nest 12', 'sites/nest12'],
  ['next', 'sites/next'],
]) {
  if (uses(name)) await install(join(here, folder))
}
await installPackage()
if (uses('next')) await command('npx', ['next', 'build'], join(here, 'sites/next'))
const commands = new Map()
for (const { runtime } of wanted) if (!commands.has(runtime)) commands.set(runtime, await runtimeCommand(runtime))

const results = new Map()
const queue = [...wanted]
const worker = async () => {
  for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) {
    const result = await measure(cell, commands.get(cell.runtime))
    results.set(`${cell.adapter} x ${cell.runtime}`, result)
    const { passed, skipped, failed, seconds } = result
    const counts = `${passed} passed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}${failed.length > 0 ? `, ${failed.length} FAILED` : ''}`
    console.log(`${`${cell.adapter} x ${cell.runtime}`.padEnd(42)} ${counts} (${seconds.toFixed(1)} s)`)
    for (const { id, error } of failed) console.log(`    ${id}: ${error.replaceAll('\n', '\n    ')}`)
    for (const error of result.stray) console.log(`    thrown where nobody could catch it: ${error}`)
  }
}
await Promise.all([worker(), worker()])

printTable()
printSkips()
finish()

function printTable() {
  const adapters = [...new Set(cells.map(({ adapter }) => adapter))]
  const width = Math.max(...adapters.map(({ length }) => length))
  console.log(`\n${''.padEnd(width)} ${runtimes.map((name) => name.padStart(11)).join('')}`)
  for (const adapter of adapters) {
    const row = runtimes.map((runtime) => {
      const result = results.get(`${adapter} x ${runtime}`)
      if (result === undefined) return '-'
      return isGreen(result) ? `${result.passed} ok` : 'FAILED'
    })
    console.log(`${adapter.padEnd(width)} ${row.map((text) => text.padStart(11)).join('')}`)
  }
  const empty = adapters.flatMap((adapter) =>
    runtimes
      .filter((runtime) => !cells.some((cell) => cell.adapter === adapter && cell.runtime === runtime))
      .map((runtime) => reasonFor(adapter, runtime)),
  )
  console.log(`\nEmpty cells:`)
  for (const reason of new Set(empty)) console.log(`  ${empty.filter((one) => one === reason).length} x ${reason}`)
}

function printSkips() {
  const skips = wanted.flatMap(({ adapter, program: [, , skips] }) =>
    JSON.parse(skips ?? '[]').map(({ reason, case: id }) => ({ reason, adapter, id })),
  )
  const unique = (key, among = skips) => [...new Set(among.map((skip) => skip[key]))].sort()
  console.log('\nCases that cannot hold somewhere:')
  for (const reason of unique('reason')) {
    const those = skips.filter((skip) => skip.reason === reason)
    console.log(`  ${unique('id', those).join(', ')} (${unique('adapter', those).join(', ')}): ${reason}`)
  }
}

function isGreen({ passed, failed, stray }) {
  return passed > 0 && failed.length === 0 && stray.length === 0
}

function finish() {
  const measured = [...results.values()]
  const green = measured.filter(isGreen).length
  const passed = measured.reduce((sum, result) => sum + result.passed, 0)
  const failed = measured.reduce((sum, result) => sum + result.failed.length + result.stray.length, 0)
  const { cells: floor } = JSON.parse(readFileSync(join(here, 'floor.json'), 'utf8'))
  const fallen = filter === '' && green < floor ? 1 : 0
  mkdirSync(join(here, 'reports'), { recursive: true })
  writeFileSync(join(here, 'reports/tests.json'), JSON.stringify({ passed, failed: failed + fallen }))
  console.log(`\n${passed} cases passed, ${failed} failed`)
  if (fallen > 0) console.log(`the floor is ${floor} cells: floor.json`)
  console.log(`${green} cells measured`)
  process.exitCode = failed + fallen > 0 ? 1 : 0
}
