import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { command, findBinary, freePort, servicesRequired, untilReady } from './service.js'

export interface TestPostgres {
  readonly url: string
  /** An administrator's connection string for another database of the same server. */
  database(name: string): Promise<string>
  /** Ends every connection and starts again. Only for a server that was started here. */
  restart(): void
  stop(): Promise<void>
}

const installed = '/usr/lib/postgresql'

function binary(name: string): string {
  let versions: string[] = []
  try {
    versions = readdirSync(installed).sort((a, b) => Number(b) - Number(a))
  } catch {
    // Not Debian's layout.
  }
  const found = findBinary(name, ...versions.map((version) => join(installed, version, 'bin', name)))
  if (found === undefined)
    throw new Error(`${name} is not installed (apt-get install postgresql), and TEST_POSTGRES_URL is not set`)
  return found
}

/** Postgres refuses to run as root. */
const asUser = (file: string, ...values: string[]): string =>
  process.getuid?.() === 0 ? command('runuser', '-u', 'postgres', '--', file, ...values) : command(file, ...values)

/** True where a Postgres can be had; in CI its absence is a failure of the tests, not a reason to skip them. */
export function postgresAvailable(): boolean {
  if (process.env.TEST_POSTGRES_URL !== undefined || servicesRequired) return true
  try {
    return binary('initdb') !== ''
  } catch {
    return false
  }
}

/** `own`: a server that the test may restart, in place of the one that TEST_POSTGRES_URL names. */
export async function startPostgres({ own = false }: { readonly own?: boolean } = {}): Promise<TestPostgres> {
  const given = process.env.TEST_POSTGRES_URL
  if (given !== undefined && !own)
    return { url: given, database: (name) => database(given, name), restart: refuse, stop: async () => undefined }
  const made = await serveData((data) => {
    asUser(binary('initdb'), '-D', data, '-U', 'hookproof', '-A', 'trust', '--no-sync')
  })
  const url = `postgres://hookproof@127.0.0.1:${made.port}/postgres`
  await untilReady('postgres', () => ask(url, 'SELECT 1'))
  return { url, database: (name) => database(url, name), restart: made.restart, stop: made.stop }
}

export interface TestReplica {
  /** The same database as the primary's. */
  readonly url: string
  /** Resolves when the replica shows all that the primary holds now. */
  caughtUp(): Promise<void>
  /** Makes a primary of it. */
  promote(): Promise<void>
  stop(): Promise<void>
}

/** A streaming replica of a server that `startPostgres({ own: true })` has started. */
export async function startReplica(primary: string): Promise<TestReplica> {
  const made = await serveData((data) => {
    asUser(binary('pg_basebackup'), '-d', primary, '-D', data, '-R', '-c', 'fast', '--no-sync')
  })
  const address = new URL(primary)
  address.port = String(made.port)
  const url = address.href
  await untilReady('the replica', () => ask(url, 'SELECT 1'))
  return {
    url,
    async caughtUp() {
      const [now] = await ask(primary, 'SELECT pg_current_wal_lsn()::text AS position')
      const there = `SELECT pg_last_wal_replay_lsn() >= '${now?.position}'::pg_lsn AS there`
      await untilReady("the primary's last record", async () => {
        const [replayed] = await ask(url, there)
        if (replayed?.there !== true) throw new Error('not yet')
      })
    },
    async promote() {
      const [answer] = await ask(url, 'SELECT pg_promote() AS promoted')
      if (answer?.promoted !== true) throw new Error('the replica was not promoted')
    },
    stop: made.stop,
  }
}

/** A server on a free port, in a folder of its own, on the data that `fill` puts there. */
async function serveData(fill: (data: string) => void): Promise<{
  readonly port: number
  restart(): void
  stop(): Promise<void>
}> {
  const folder = mkdtempSync(join(tmpdir(), 'hookproof-postgres-'))
  if (process.getuid?.() === 0) command('chown', 'postgres', folder)
  chmodSync(folder, 0o700)
  const data = join(folder, 'data')
  fill(data)
  const port = await freePort()
  const control = (...values: string[]): string =>
    asUser(
      binary('pg_ctl'),
      '-D',
      data,
      '-l',
      join(folder, 'log'),
      '-o',
      `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c max_connections=200`,
      ...values,
    )
  control('-w', 'start')
  return {
    port,
    restart: () => void control('-w', '-m', 'immediate', 'restart'),
    async stop() {
      control('-w', '-m', 'immediate', 'stop')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function refuse(): never {
  throw new Error('not a server of this test')
}

async function ask(url: string, text: string): Promise<readonly { readonly [column: string]: unknown }[]> {
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function database(url: string, name: string): Promise<string> {
  await ask(url, `DROP DATABASE IF EXISTS ${name}`)
  await ask(url, `CREATE DATABASE ${name}`)
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}
