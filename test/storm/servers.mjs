// Servers of our own: on a free port, in a temporary folder, gone at the end.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

function temporary(name) {
  const folder = mkdtempSync(join(tmpdir(), `hookproof-${name}-`))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Asks until it answers. */
async function until(ask, what) {
  for (let tries = 0; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (tries === 200) throw new Error(`${what} did not start`, { cause: error })
      await sleep(50)
    }
  }
}

async function stop(child) {
  if (child.exitCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function redis() {
  // A server of somebody's may remember the events of an earlier run.
  const prefix = `storm:${process.pid}:${Date.now()}:`
  if (process.env.TEST_REDIS_URL) return { at: { url: process.env.TEST_REDIS_URL, prefix }, stop: async () => {} }
  const { folder, remove } = temporary('redis')
  const port = await freePort()
  const child = spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder], {
    stdio: 'ignore',
  })
  await until(() => run('redis-cli', ['-p', String(port), 'ping']), 'redis-server')
  return {
    at: { url: `redis://127.0.0.1:${port}`, prefix },
    async stop() {
      await stop(child)
      remove()
    },
  }
}

async function file() {
  const { folder, remove } = temporary('sqlite')
  return { at: { file: join(folder, 'storm.db') }, stop: async () => remove() }
}

export const servers = { redis, file }
