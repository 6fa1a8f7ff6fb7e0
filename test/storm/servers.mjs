// Servers of our own: on a free port, in a temporary folder, gone at the end.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
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

async function folder() {
  const { folder, remove } = temporary('sqlite')
  return { at: { file: join(folder, 'storm.db') }, stop: async () => remove() }
}

/** PostgreSQL's programs refuse to run as root. */
async function postgres() {
  const { folder, remove } = temporary('postgres')
  const asRoot = process.getuid() === 0
  if (asRoot) await run('chown', ['postgres', folder])
  const program = (name, ...values) =>
    asRoot ? ['runuser', ['-u', 'postgres', '--', name, ...values]] : [name, values]
  const binaries = await programsOf('initdb', '/usr/lib/postgresql')
  const data = join(folder, 'data')
  await run(...program(`${binaries}initdb`, '-D', data, '-U', 'storm', '-A', 'trust', '--no-sync'))
  const port = await freePort()
  const settings = ['-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200']
  const child = spawn(...program(`${binaries}postgres`, '-D', data, ...settings), { stdio: 'ignore' })
  const url = `postgres://storm@127.0.0.1:${port}/postgres`
  await until(() => run(`${binaries}psql`, [url, '-c', 'SELECT 1']), 'postgres')
  return {
    at: { url },
    async stop() {
      await run(...program(`${binaries}pg_ctl`, '-D', data, '-m', 'immediate', 'stop'))
      await stop(child)
      remove()
    },
  }
}

async function mariadb() {
  const { folder, remove } = temporary('mariadb')
  const data = join(folder, 'data')
  const user = process.getuid() === 0 ? ['--user=root'] : []
  const plain = ['--no-defaults', `--datadir=${data}`, ...user]
  await run('mariadb-install-db', [...plain, '--auth-root-authentication-method=normal', '--skip-test-db'])
  const port = await freePort()
  const network = [
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 'socket')}`,
    '--max-connections=200',
  ]
  const path = `${process.env.PATH}:/usr/sbin`
  const child = spawn('mariadbd', [...plain, ...network], { stdio: 'ignore', env: { ...process.env, PATH: path } })
  const ask = (statement) =>
    run('mariadb', ['--no-defaults', '-h', '127.0.0.1', '-P', String(port), '-u', 'root', '-e', statement])
  await until(() => ask('CREATE DATABASE IF NOT EXISTS storm'), 'mariadbd')
  return {
    at: { url: `mysql://root@127.0.0.1:${port}/storm` },
    async stop() {
      await stop(child)
      remove()
    },
  }
}

/** '' where the program is on the path, else the folder of its newest version, with a slash. */
async function programsOf(program, folder) {
  try {
    await run(program, ['--version'])
    return ''
  } catch {
    const versions = readdirSync(folder).sort((a, b) => Number(b) - Number(a))
    return `${folder}/${versions[0]}/bin/`
  }
}

const nothing = async () => ({ at: {}, stop: async () => {} })

export const servers = { nothing, redis, folder, postgres, mariadb }
