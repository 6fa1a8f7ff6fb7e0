// node test/storm/storm.mjs --store redis [--deliveries 20000] [--events 500] [--workers 4] [--kill] [--direct] [--broken]: prints one
// line of JSON; exit code 1 where the judge is not satisfied. `--store none` switches deduplication off, `--broken` lets every claim at
// the store be won, `--direct` leaves HTTP out.
import { once } from 'node:events'
import { appendFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { eventNames } from './deliveries.mjs'
import { here, start, startWorker, withStore } from './workers.mjs'

const PATIENCE_MS = 30_000

/** Kills a worker with no warning, every now and then, and starts another on its port, until told to stop. */
async function killAtRandom(workers, options, stopped) {
  let kills = 0
  while (!stopped()) {
    await sleep(100 + Math.random() * 300)
    const index = Math.floor(Math.random() * workers.length)
    await workers[index].kill()
    appendFileSync(`${options.folder}/kills.log`, `${workers[index].pid}\n`)
    kills++
    workers[index] = await startWorker({ ...options, port: workers[index].port })
  }
  return kills
}

async function overHttp(workers, options, { deliveries, events, kill }) {
  const ports = workers.map(({ port }) => port)
  const { folder, secret } = options
  const sender = start('sender.mjs', {
    ...{ folder, ports, secret, deliveries, events },
    inFlight: 16 * workers.length,
    patienceMs: PATIENCE_MS,
  })
  let over = false
  const killing = kill ? killAtRandom(workers, options, () => over) : 0
  const [{ statuses }] = await once(sender, 'message')
  over = true
  return { kills: await killing, statuses }
}

async function directly(workers, { deliveries, events }) {
  const share = { deliveries: deliveries / workers.length, events, inFlight: 16, patienceMs: PATIENCE_MS }
  const told = await Promise.all(
    workers.map(async ({ child }) => {
      child.send(share)
      const [{ statuses }] = await once(child, 'message')
      return statuses
    }),
  )
  const statuses = {}
  for (const [status, count] of told.flatMap(Object.entries)) statuses[status] = (statuses[status] ?? 0) + count
  return { kills: 0, statuses }
}

/** Deliveries to workers that share a store; what the judge says about them. */
export function storm({ store, deliveries, events, workers: count = 4, kill = false, direct = false, broken = false }) {
  return withStore(store, async (base) => {
    writeFileSync(`${base.folder}/sent.log`, `${eventNames(events).join('\n')}\n`)
    const options = { ...base, broken, leaseMs: kill ? 1000 : 5000, handlerMs: kill ? 80 : 4 }
    const workers = await Promise.all(Array.from({ length: count }, () => startWorker(options)))
    const started = performance.now()
    try {
      const plan = { deliveries, events, kill }
      const result = await (direct ? directly(workers, plan) : overHttp(workers, options, plan))
      return { deliveries, ...result, seconds: Math.round((performance.now() - started) / 100) / 10 }
    } finally {
      await Promise.all(workers.map((worker) => worker.kill()))
    }
  })
}

if (process.argv[1] === here('storm.mjs')) {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', default: 'redis' },
      deliveries: { type: 'string', default: '20000' },
      events: { type: 'string', default: '500' },
      workers: { type: 'string', default: '4' },
      kill: { type: 'boolean', default: false },
      direct: { type: 'boolean', default: false },
      broken: { type: 'boolean', default: false },
    },
  })
  const { deliveries, events, workers, ...rest } = values
  const result = await storm({
    ...rest,
    deliveries: Number(deliveries),
    events: Number(events),
    workers: Number(workers),
  })
  console.log(JSON.stringify(result))
  process.exitCode = result.ok && (rest.kill || result.doubled === 0) ? 0 : 1
}
