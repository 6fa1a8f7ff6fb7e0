import { execFile, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { servers } from './servers.mjs'
import { stores } from './stores.mjs'

export const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** A program of this folder as a process of its own. */
export function start(name, options) {
  return fork(here(name), { env: { ...process.env, STORM: JSON.stringify(options) } })
}

/** A worker, as soon as it listens. */
export async function startWorker(options) {
  const child = start('worker.mjs', options)
  const exit = once(child, 'exit')
  const port = await Promise.race([once(child, 'message').then(([port]) => port), exit.then(() => undefined)])
  if (port === undefined) throw new Error('a worker did not start: npm run build')
  return { port, pid: child.pid, child, exit, kill: () => child.kill('SIGKILL') && exit }
}

/** A server, a folder for what is written down, and the judge's verdict on it; all gone at the end. */
export async function withStore(name, work) {
  const { server: kind, prepare, effects } = stores[name]
  const server = await servers[kind]()
  const folder = mkdtempSync(join(tmpdir(), 'hookproof-storm-'))
  try {
    await prepare?.(server.at)
    const options = { store: name, at: server.at, folder, secret: randomBytes(20).toString('hex'), port: 0 }
    const result = await work(options)
    if (effects !== undefined) {
      for (const row of await effects(server.at)) appendFileSync(`${folder}/effects.log`, `${row.join(' ')}\n`)
    }
    return { store: name, ...result, ...(await judge(folder)) }
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the judge says, a process of its own. */
function judge(folder) {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [here('judge.mjs'), folder], (error, stdout) => {
      if (stdout === '') reject(error)
      else resolve(JSON.parse(stdout))
    })
  })
}
