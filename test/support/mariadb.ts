import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { command, findBinary, freePort, serve, servicesRequired, untilReady } from './service.js'

export interface TestMariadb {
  readonly url: string
  /** A connection string for another database of the same server. */
  database(name: string): Promise<string>
  stop(): Promise<void>
}

const binary = (): string | undefined => findBinary('mariadbd', '/usr/sbin/mariadbd')

/** True where a MariaDB or MySQL can be had; in CI its absence is a failure of the tests, not a reason to skip them. */
export function mariadbAvailable(): boolean {
  return process.env.TEST_MYSQL_URL !== undefined || servicesRequired || binary() !== undefined
}

export async function startMariadb(): Promise<TestMariadb> {
  const given = process.env.TEST_MYSQL_URL
  if (given !== undefined) return { url: given, database: (name) => database(given, name), stop: async () => undefined }
  const file = binary()
  if (file === undefined)
    throw new Error('mariadbd is not installed (apt-get install mariadb-server), and TEST_MYSQL_URL is not set')
  const folder = mkdtempSync(join(tmpdir(), 'hookproof-mariadb-'))
  const root = process.getuid?.() === 0
  if (root) command('chown', 'mysql', folder)
  const user = root ? ['--user=mysql'] : []
  const data = `--datadir=${join(folder, 'data')}`
  command(
    'mariadb-install-db',
    '--no-defaults',
    data,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    ...user,
  )
  const port = await freePort()
  const server = serve(file, [
    '--no-defaults',
    data,
    ...user,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 's')}`,
    '--skip-name-resolve',
    '--innodb-buffer-pool-size=64M',
    '--max-connections=200',
  ])
  const url = `mysql://root@127.0.0.1:${port}/mysql`
  await untilReady('mariadb', () => ask(url, 'SELECT 1'))
  return {
    url,
    database: (name) => database(url, name),
    async stop() {
      server.process.kill('SIGKILL')
      await server.ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ask(url: string, text: string): Promise<void> {
  const connection = await mysql.createConnection(url)
  try {
    await connection.query(text)
  } finally {
    await connection.end()
  }
}

async function database(url: string, name: string): Promise<string> {
  await ask(url, `DROP DATABASE IF EXISTS ${name}`)
  await ask(url, `CREATE DATABASE ${name}`)
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}
