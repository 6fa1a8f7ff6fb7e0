// node test/storm/storm.mjs --store redis [--deliveries 20000] [--events 500] [--workers 4] [--kill]: prints one line of JSON; exit code 1 where the
// judge is not satisfied. `--store none` switches deduplication off.
import { execFile, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { servers } from './servers.mjs'
import { stores } from './stores.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Workers on fixed ports, so that whoever sends finds a restarted one again. */
async function startWorker(options) {
  const child = fork(here('worker.mjs'), { env: { ...process.env, STORM: JSON.stringify(options) } })
  const exit = once(child, 'exit')
  const port = await Promise.race([once(child, 'message').then(([port]) => port), exit.then(() => undefined)])
  if (port === undefined) throw new Error('a worker did not start: npm run build')
  return { port, pid: child.pid, kill: () => child.kill('SIGKILL') && exit }
}

export function judge(folder) {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [here('judge.mjs'), folder], (error, stdout) => {
      if (stdout === '') reject(error)
      else resolve(JSON.parse(stdout))
    })
  })
}

/** Kills a worker with no warning, every now and then, and starts another in its place, until told to stop. */
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

/** Deliveries to workers that share a store; what the judge says about them. */
export async function storm({
  store,
  deliveries,
  events,
  workers: count,
  kill,
  leaseMs = 1000,
  handlerMs = kill ? 80 : 4,
}) {
  const started = performance.now()
  const server = await servers[stores[store]?.server ?? 'file']()
  const folder = mkdtempSync(join(tmpdir(), 'hookproof-storm-'))
  const secret = randomBytes(20).toString('hex')
  const options = { store, at: server.at, folder, secret, leaseMs, handlerMs, port: 0 }
  const workers = []
  try {
    for (let i = 0; i < count; i++) workers.push(await startWorker(options))
    const ports = workers.map(({ port }) => port)
    const plan = { folder, ports, secret, deliveries, events, inFlight: 16 * count, patienceMs: 30_000 }
    const sender = fork(here('sender.mjs'), { env: { ...process.env, STORM: JSON.stringify(plan) } })
    let over = false
    const killing = kill ? killAtRandom(workers, options, () => over) : Promise.resolve(0)
    const [{ statuses }] = await once(sender, 'message')
    over = true
    const kills = await killing
    const verdict = await judge(folder)
    return {
      store,
      deliveries,
      kills,
      statuses,
      ...verdict,
      seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === here('storm.mjs')) {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', default: 'redis' },
      deliveries: { type: 'string', default: '20000' },
      events: { type: 'string', default: '500' },
      workers: { type: 'string', default: '4' },
      kill: { type: 'boolean', default: false },
    },
  })
  const { store, kill, deliveries, events, workers } = values
  const result = await storm({
    store,
    kill,
    deliveries: Number(deliveries),
    events: Number(events),
    workers: Number(workers),
  })
  console.log(JSON.stringify(result))
  process.exitCode = result.ok && (kill || result.doubled === 0) ? 0 : 1
}
