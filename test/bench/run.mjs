// node run.mjs [verify|http|stores|start …] [--quick] [--no-build]
// Measures the packed build beside hand-written code and the peers; writes reports/bench.json and prints the table. A full run also
// becomes results/node<major>.json, from which report.mjs writes docs/performance.md.
// --no-build takes dist as it is. --quick checks the harness, not the ratios: every case runs, and reports/tests.json counts the suites that did.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { reached } from './lib/measure.mjs'
import { bench, packOurs, versions } from './lib/pack.mjs'

const suites = ['verify', 'http', 'stores', 'start']
const flags = process.argv.slice(2).filter((word) => word.startsWith('--'))
const chosen = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const unknown = [
  ...chosen.filter((name) => !suites.includes(name)),
  ...flags.filter((flag) => !['--quick', '--no-build'].includes(flag)),
]
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}. Suites: ${suites.join(', ')}; flags: --quick, --no-build`)
  process.exit(2)
}
const quick = flags.includes('--quick')
const asked = chosen.length === 0 ? suites : chosen

console.log(
  `Node ${process.version}, ${Object.entries(versions())
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}`,
)
if (!existsSync(join(bench, 'node_modules'))) {
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: bench, stdio: ['ignore', 'ignore', 'inherit'] })
}
packOurs({ build: !flags.includes('--no-build') })

const started = Date.now()
const rows = []
const failures = []
for (const name of asked) {
  const begin = Date.now()
  try {
    const { run } = await import(`./suites/${name}.mjs`)
    const found = await run({ quick })
    if (found.length === 0 || found.some(({ value }) => !Number.isFinite(value)))
      throw new Error(`${name}: a row has no figure`)
    rows.push(...found)
    console.log(`\n${name}, ${Math.round((Date.now() - begin) / 1000)} s`)
    for (const row of found) console.log(lineOf(row))
  } catch (error) {
    failures.push(name)
    console.error(`\n${name} FAILED`, error)
  }
}

const seconds = Math.round((Date.now() - started) / 1000)
const report = {
  node: process.version,
  date: new Date().toISOString().slice(0, 10),
  cpu: cpus()[0]?.model,
  seconds,
  quick,
  peers: versions(),
  rows,
}
mkdirSync(join(bench, 'reports'), { recursive: true })
writeFileSync(join(bench, 'reports/bench.json'), `${JSON.stringify(report, undefined, 1)}\n`)
if (!quick && asked.length === suites.length && failures.length === 0) {
  mkdirSync(join(bench, 'results'), { recursive: true })
  writeFileSync(
    join(bench, `results/node${process.versions.node.split('.')[0]}.json`),
    `${JSON.stringify(report, undefined, 1)}\n`,
  )
}
writeFileSync(
  join(bench, 'reports/tests.json'),
  JSON.stringify({ passed: asked.length - failures.length, failed: failures.length }),
)
console.log(`\n${seconds} s. ${asked.length - failures.length} suites ran, ${failures.length} failed`)
process.exitCode = failures.length === 0 ? 0 : 1

function lineOf({ what, against, size, value, low, high, bar, unit, absolute, ours, theirs, more }) {
  const about = `${what}${size === undefined ? '' : `, ${size >= 1024 * 1024 ? '1 MB' : `${size / 1024} KB`}`}`
  const sign = more ? '>=' : '<='
  const verdict = { true: 'reached', false: 'MISSED', undefined: '' }[String(reached({ value, bar, more }))]
  const amount = absolute
    ? `${value.toFixed(2)} ${unit}`
    : `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`
  const times = absolute ? '' : `${ours.toFixed(2)} : ${theirs.toFixed(2)} ${unit}`
  return `  ${about.padEnd(46)} ${against.padEnd(30)} ${amount.padEnd(24)} ${bar === undefined ? '' : `${sign} ${bar}`.padEnd(8)} ${verdict.padEnd(8)} ${times}`
}
