// node test/storm/crashes.mjs --store redis [--times 25]: kills a worker at each of six points of one delivery and sends that again to
// another worker. Prints one line of JSON; exit code 1 where the judge is not satisfied.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { delivery } from './deliveries.mjs'
import { post } from './post.mjs'
import { stores } from './stores.mjs'
import { here, startWorker, withStore } from './workers.mjs'

/** Where a worker dies: the last mark that it leaves, and the one that it must not reach. */
const POINTS = {
  'before claim': ['claiming', 'claimed'],
  'after claim': ['claimed', 'begun'],
  'mid-handler': ['midway', 'effect'],
  'after effect': ['effect', 'finishing'],
  'after finish': ['finished', 'replying'],
  'before reply': ['replying', undefined],
}
const PATIENCE_MS = 30_000
/** Deaths at the same time, unless a store lets one process write at a time and turns the others away: they would not die where they should. */
const AT_ONCE = 3

/** The marks that a process left behind, in order. */
function marksOf(folder, pid) {
  const file = `${folder}/history.log`
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line.endsWith(` ${pid}`)).map((line) => line.split(' ')[0])
}

/** Died between the two marks, by the signal, before an answer. */
function diedThere(folder, pid, signal, status, [last, next]) {
  const marks = marksOf(folder, pid).filter((mark) => mark !== 'won')
  return signal === 'SIGKILL' && status === 'broken' && marks.at(-1) === last && !marks.includes(next)
}

async function untilTaken(port, sent) {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const status = await post(port, sent)
    if ((status >= 200 && status < 300) || performance.now() > until) return status
    await sleep(20)
  }
}

/** One crash: the delivery's event, whether the worker died where it should, and what the retry and a later copy were answered. */
async function crash(point, event, options, survivor) {
  appendFileSync(`${options.folder}/sent.log`, `${event}\n`)
  const worker = await startWorker({ ...options, dieAt: POINTS[point][0] })
  const sent = delivery(event, options.secret)
  const status = await post(worker.port, sent)
  if (status !== 'broken') await worker.kill()
  const [, signal] = await worker.exit
  const counts = diedThere(options.folder, worker.pid, signal, status, POINTS[point])
  const retried = await untilTaken(survivor.port, sent)
  // A copy may be told to come again too, where another process has the store's one lock.
  const repeated = await untilTaken(survivor.port, sent)
  const answered = retried === 200 && repeated === 200
  appendFileSync(`${options.folder}/kills.log`, `${worker.pid}\n`)
  appendFileSync(`${options.folder}/acknowledged.log`, answered ? `${event}\n` : '')
  appendFileSync(`${options.folder}/crashes.log`, `${event} ${counts ? 'counts' : 'misses'} ${point}\n`)
  return counts
}

/** Crashes until each point has been hit `times` times; a miss is not counted. */
export function crashes({ store, times = 25 }) {
  return withStore(store, async (base) => {
    const options = { ...base, leaseMs: 500, handlerMs: 4 }
    const survivor = await startWorker(options)
    const started = performance.now()
    const open = Object.keys(POINTS).flatMap((point) => Array.from({ length: times }, () => point))
    const mostMisses = open.length
    let made = 0
    const lane = async () => {
      for (let point = open.shift(); point !== undefined; point = open.shift()) {
        if (made === 6 * times + mostMisses) throw new Error('workers do not die where they should')
        const hit = await crash(point, `c${made++}`, options, survivor)
        if (!hit) open.push(point)
      }
    }
    try {
      await Promise.all(Array.from({ length: stores[store].alone === true ? 1 : AT_ONCE }, lane))
      return { seconds: Math.round((performance.now() - started) / 100) / 10 }
    } finally {
      await survivor.kill()
    }
  })
}

if (process.argv[1] === here('crashes.mjs')) {
  const { values } = parseArgs({
    options: { store: { type: 'string', default: 'redis' }, times: { type: 'string', default: '25' } },
  })
  const result = await crashes({ store: values.store, times: Number(values.times) })
  console.log(JSON.stringify(result))
  process.exitCode = result.ok ? 0 : 1
}
