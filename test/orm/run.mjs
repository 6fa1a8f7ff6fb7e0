// The examples of transaction mode, each in a process of its own: see README.md.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { postgresJudge, SECRET, sqliteJudge } from './judge.mjs'
import { startPostgres } from './postgres.mjs'
import { backendTerminatedMidHandler, deliversOnce, throwsAfterItsInsert, twentyCopiesAtOnce } from './scenarios.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const work = mkdtempSync(join(tmpdir(), 'hookproof-orm-'))

/** Each example, and how the same program writes through the pool. */
const examples = {
  pg: ['transaction.query(', 'pool.query('],
  drizzle: ['drizzle(transaction)', 'drizzle(pool)'],
  kysely: ['within(transaction)', 'within(await pool.connect())'],
  knex: ['.connection(transaction)', '.connection(await pool.connect())'],
  sqlite: undefined,
}
const scenarios = {
  'a delivery is one row and done, its copy no other': deliversOnce,
  'a handler that throws after its insert leaves no row, the retry one': throwsAfterItsInsert,
  'twenty copies at once are one row': twentyCopiesAtOnce,
  'a backend terminated mid-handler leaves no row, the retry one': backendTerminatedMidHandler,
}

const results = []
async function check(name, run) {
  const begun = performance.now()
  let problem
  try {
    await run()
  } catch (error) {
    problem = String(error?.stack ?? error)
  }
  results.push(problem === undefined)
  const took = `(${((performance.now() - begun) / 1000).toFixed(1)} s)`
  console.log(problem === undefined ? `ok   ${name} ${took}` : `FAIL ${name} ${took}\n${problem}`)
}

/** The examples next to the built package and the drivers, as in a project that has installed them. */
function install() {
  const modules = join(work, 'node_modules')
  mkdirSync(join(modules, 'hookproof'), { recursive: true })
  for (const name of ['dist', 'package.json'])
    cpSync(join(root, name), join(modules, 'hookproof', name), { recursive: true })
  const rawBody = createRequire(join(root, 'package.json')).resolve('raw-body/package.json')
  symlinkSync(dirname(rawBody), join(modules, 'raw-body'))
  for (const name of readdirSync(join(here, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(here, 'node_modules', name), join(modules, name))
  for (const name of readdirSync(join(root, 'examples')))
    if (name.startsWith('transaction-')) cpSync(join(root, 'examples', name), join(work, name))
  writeFileSync(join(work, 'package.json'), '{ "type": "module" }')
}

function typeCheck() {
  const compilerOptions = {
    ...{
      strict: true,
      noEmit: true,
      allowJs: true,
      checkJs: true,
      skipLibCheck: true,
      exactOptionalPropertyTypes: true,
    },
    ...{ target: 'es2022', module: 'nodenext', types: ['node'] },
  }
  writeFileSync(join(work, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['transaction-*'] }))
  const bin = join(here, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [bin, '-p', work, '--pretty', 'false'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stdout)
}

async function judged(file, judge, scenario, { ends = true } = {}) {
  const env = { ...process.env, PORT: '0', STRIPE_WEBHOOK_SECRET: SECRET, ...judge.env }
  const program = spawn(process.execPath, [join(work, file)], { cwd: work, env })
  const exit = once(program, 'exit')
  let printed = ''
  for (const stream of [program.stdout, program.stderr])
    stream.on('data', (chunk) => {
      printed += chunk
    })
  try {
    const ended = exit.then(() => undefined)
    const url = await Promise.race([listening(program), ended])
    if (url === undefined) throw new Error(`${file} ended: ${printed}`)
    await scenario(url, judge)
    if (!ends) return
    program.kill('SIGTERM')
    const [code] = await exit
    if (code !== 0) throw new Error(`${file} ended with ${code}: ${printed}`)
  } catch (error) {
    if (printed !== '') error.stack += `\n${printed.slice(0, 800)}`
    throw error
  } finally {
    program.kill('SIGKILL')
    await judge.close()
  }
}

const listening = (program) =>
  new Promise((resolve) => {
    let text = ''
    program.stdout.on('data', (chunk) => {
      text += chunk
      const url = /listening on (\S+)/.exec(text)?.[1]
      if (url !== undefined) resolve(url)
    })
  })

/** The judge has to see the row that a write through the pool leaves. */
async function provesTheJudge(name, [from, to], judge) {
  const source = readFileSync(join(work, `transaction-${name}.mjs`), 'utf8')
  if (!source.includes(from)) throw new Error(`the example does not say ${from}`)
  const file = `pool-${name}.mjs`
  writeFileSync(join(work, file), source.replaceAll(from, to))
  const seen = async (url) => {
    const problem = await throwsAfterItsInsert(url, judge).catch((error) => error)
    if (problem?.actual?.rows !== 1) throw new Error(`the judge saw ${problem}`)
  }
  // Its handler never gives back what it takes from the pool, so it would not end by itself.
  await judged(file, judge, seen, { ends: false })
}

const postgres = await startPostgres()
let databases = 0
const judgeOf = async (name) => {
  databases += 1
  return name === 'sqlite'
    ? sqliteJudge(join(work, `${databases}.db`))
    : postgresJudge(await postgres.database(`orm_${databases}`))
}
try {
  install()
  await check('all examples, and the snippet for Prisma, type-check', typeCheck)
  for (const [name, pool] of Object.entries(examples)) {
    for (const [title, scenario] of Object.entries(scenarios)) {
      if (name === 'sqlite' && scenario === backendTerminatedMidHandler) continue
      await check(`${name}: ${title}`, async () => judged(`transaction-${name}.mjs`, await judgeOf(name), scenario))
    }
    if (pool === undefined) continue
    await check(`${name}: the judge sees what goes through the pool`, async () =>
      provesTheJudge(name, pool, await judgeOf(name)),
    )
  }
} finally {
  postgres.stop()
  rmSync(work, { recursive: true, force: true })
}
const passed = results.filter(Boolean).length
mkdirSync(join(here, 'reports'), { recursive: true })
writeFileSync(join(here, 'reports/tests.json'), JSON.stringify({ passed, failed: results.length - passed }))
console.log(`${passed} of ${results.length}`)
process.exitCode = passed === results.length ? 0 : 1
