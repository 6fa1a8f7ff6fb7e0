// A PostgreSQL of its own in a temporary folder, or the server that TEST_POSTGRES_URL names.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

const installed = '/usr/lib/postgresql'
const isRoot = process.getuid?.() === 0

function binary(name) {
  const runs = (file) => spawnSync(file, ['--version'], { stdio: 'ignore' }).error === undefined
  if (runs(name)) return name
  const versions = readdirSync(installed).sort((a, b) => Number(b) - Number(a))
  const found = versions.map((version) => join(installed, version, 'bin', name)).find(runs)
  if (found === undefined) throw new Error(`${name} is not installed (apt-get install postgresql)`)
  return found
}

function command(file, ...values) {
  const { status, stdout, stderr, error } = spawnSync(file, values, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${file} ${values.join(' ')}: ${error?.message ?? `${stdout}${stderr}`}`)
}

/** Postgres refuses to run as root. */
const asUser = (file, ...values) =>
  isRoot ? command('runuser', '-u', 'postgres', '--', file, ...values) : command(file, ...values)

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

export async function startPostgres() {
  const given = process.env.TEST_POSTGRES_URL
  if (given !== undefined) return { database: (name) => database(given, name), stop: () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'hookproof-orm-postgres-'))
  if (isRoot) command('chown', 'postgres', folder)
  chmodSync(folder, 0o700)
  const data = join(folder, 'data')
  asUser(binary('initdb'), '-D', data, '-U', 'hookproof', '-A', 'trust', '--no-sync')
  const port = await freePort()
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`
  const control = (...values) =>
    asUser(binary('pg_ctl'), '-D', data, '-l', join(folder, 'log'), '-o', settings, '-w', ...values)
  control('start')
  return {
    database: (name) => database(`postgres://hookproof@127.0.0.1:${port}/postgres`, name),
    stop() {
      control('-m', 'immediate', 'stop')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** An empty database. */
async function database(url, name) {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}
