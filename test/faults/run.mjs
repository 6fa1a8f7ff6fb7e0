// npm run faults [-- --full] [--store redis]: workers killed at each of six points, then storms, and on each store
// a storm that the judge must refuse, because every claim is won. Tables; the sums are in reports/tests.json.
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { crashes } from '../storm/crashes.mjs'
import { stores } from '../storm/stores.mjs'
import { storm } from '../storm/storm.mjs'

const { values } = parseArgs({
  options: { full: { type: 'boolean', default: false }, store: { type: 'string', multiple: true } },
})
const chosen = values.store ?? Object.keys(stores).filter((name) => name !== 'none')
const times = values.full ? 100 : 25
const [deliveries, events] = [100_000, 2_000]
const broken = { deliveries: 2_000, events: 40 }
const say = (count) => count.toLocaleString('en')
const started = performance.now()
let passed = 0
let failed = 0
const check = (fine) => {
  if (fine) passed++
  else failed++
  return fine ? '' : ' ✗'
}

const POINTS = ['before claim', 'after claim', 'mid-handler', 'after effect', 'after finish', 'before reply']
const row = (name, cells) => console.log([name.padEnd(22), ...cells.map((cell) => cell.padEnd(16))].join('').trimEnd())

/** A store that cannot be had is a failure, and no reason to leave out the others. */
async function attempt(name, work) {
  try {
    return await work()
  } catch (error) {
    check(false)
    console.log(`${name.padEnd(22)}could not run: ${error.message}`)
    return {}
  }
}

console.log(`kill -9, ${times} times at each point of a delivery that is then sent again: lost and doubled effects.`)
console.log(
  'A death anywhere else is not counted and is repeated. With a lease, the one gap is between the effect and its record.\n',
)
row('', [...POINTS, 'seconds'])
for (const name of chosen) {
  const { points, ok, seconds } = await attempt(name, () => crashes({ store: name, times }))
  if (seconds === undefined) continue
  const exactlyOnce = stores[name].transaction === true
  const cells = POINTS.map((point) => {
    const { counted = 0, misses = 0, lost = 0, doubled = 0 } = points?.[point] ?? {}
    const expected = point === 'after effect' && !exactlyOnce ? counted : 0
    const fine = counted === times && lost === 0 && doubled === expected
    return `${lost} · ${doubled}${misses === 0 ? '' : `, ${misses} missed`}${check(fine)}`
  })
  row(name, [...cells, `${seconds}${check(ok)}`])
}

console.log(`\n${say(deliveries)} deliveries of ${say(events)} events by 4 processes.\n`)
row('', ['effects', 'lost', 'doubled', 'answered 503', 'a second', 'seconds'])
for (const name of chosen.filter((name) => stores[name].storm)) {
  const result = await attempt(name, () => storm({ store: name, deliveries, events, direct: true }))
  const { effects, lost, doubled, statuses, seconds, ok } = result
  if (seconds === undefined) continue
  const fine = ok && effects === events && doubled === 0
  const rate = Math.round(deliveries / seconds)
  row(name, [`${effects}${check(fine)}`, lost, doubled, statuses[503] ?? 0, rate, seconds].map(String))
}

console.log(
  `\n${say(broken.deliveries)} deliveries of ${broken.events} events, and every claim is won: the judge has to refuse.\n`,
)
row('', ['judge', 'effects', 'lost', 'doubled', 'unexplained', 'seconds'])
for (const name of chosen) {
  const result = await attempt(name, () => storm({ store: name, ...broken, direct: true, broken: true }))
  const { effects, lost, doubled, unexplained, seconds, ok } = result
  if (seconds === undefined) continue
  const everyone = doubled === broken.events && unexplained === broken.events
  const refused = !ok && lost === 0 && everyone && effects >= broken.deliveries
  row(
    name,
    [`${ok ? 'accepts' : 'refuses'}${check(refused)}`, effects, lost, doubled, unexplained, seconds].map(String),
  )
}

mkdirSync(new URL('reports/', import.meta.url), { recursive: true })
writeFileSync(new URL('reports/tests.json', import.meta.url), JSON.stringify({ passed, failed }))
console.log(`\n${passed} passed, ${failed} failed in ${Math.round((performance.now() - started) / 1000)} s`)
process.exitCode = failed === 0 ? 0 : 1
