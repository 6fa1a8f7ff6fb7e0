import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { command, findBinary, freePort, serve, servicesRequired, untilReady } from './service.js'

const binary = (): string | undefined => findBinary('pgbouncer', '/usr/sbin/pgbouncer')

export function pgbouncerAvailable(): boolean {
  return servicesRequired || binary() !== undefined
}

/** A pooler in front of a database that lends a server connection for one transaction at a time. */
export async function startPgbouncer(url: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const file = binary()
  if (file === undefined) throw new Error('pgbouncer is not installed (apt-get install pgbouncer)')
  const folder = mkdtempSync(join(tmpdir(), 'hookproof-pgbouncer-'))
  const target = new URL(url)
  const name = target.pathname.slice(1)
  const port = await freePort()
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]
${name} = host=${target.hostname} port=${target.port} user=${target.username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 5
`,
  )
  const root = process.getuid?.() === 0
  if (root) command('chown', '-R', 'postgres', folder)
  chmodSync(folder, 0o700)
  const server = serve(file, ['-q', join(folder, 'pgbouncer.ini')], root ? 'postgres' : undefined)
  const pooled = new URL(url)
  pooled.port = String(port)
  await untilReady('pgbouncer', async () => {
    const client = new pg.Client(pooled.href)
    client.on('error', () => undefined)
    await client.connect()
    await client.end()
  })
  return {
    url: pooled.href,
    async stop() {
      server.process.kill('SIGKILL')
      await server.ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
