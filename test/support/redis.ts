import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, it } from 'vitest'

const installed = ((): boolean => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    execFileSync('redis-cli', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

const url = process.env.TEST_REDIS_URL

/**
 * A suite that needs Redis: any server (TEST_REDIS_URL will do), or servers of its own that it may fill, stop and cluster. Where
 * there is none it is left out with one line that says how to get it; with CI=true it fails.
 */
export function describeRedis(title: string, needs: 'any server' | 'own servers', suite: () => void): void {
  if (installed || (needs === 'any server' && url !== undefined)) {
    describe(title, suite)
    return
  }
  const cure = needs === 'any server' ? 'install redis-server or set TEST_REDIS_URL' : 'install redis-server'
  if (process.env.CI === 'true') {
    it(`${title} needs Redis`, () => {
      throw new Error(cure)
    })
    return
  }
  console.warn(`left out: ${title} (to run it, ${cure})`)
  describe.skipIf(true)(title, suite) // the line above is the reason
}

export interface RedisServer {
  readonly url: string
  readonly host: string
  readonly port: number
  stop(): Promise<void>
}

export interface OwnRedisServer extends RedisServer {
  /** As by kill -9. */
  kill(): Promise<void>
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>
  /** One command through redis-cli. */
  cli(...words: string[]): string
}

/** TEST_REDIS_URL, or a server of our own. */
export async function someRedis(): Promise<RedisServer> {
  if (url === undefined) return await startRedis()
  const { hostname, port } = new URL(url)
  return { url, host: hostname, port: Number(port || 6379), stop: async () => undefined }
}

/** A new server on a free port in a temporary folder, without persistence. */
export async function startRedis(...settings: string[]): Promise<OwnRedisServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'redis-'))
  let child = await launch(port, folder, settings)
  return {
    url: `redis://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    cli: (...words) => cli(port, ...words),
    kill: () => end(child),
    restart: async () => {
      child = await launch(port, folder, settings)
    },
    stop: async () => {
      await end(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface RedisCluster {
  readonly nodes: readonly OwnRedisServer[]
  /** Moves slots from the first node to the second, with their records. */
  reshard(slots: number): Promise<void>
  stop(): Promise<void>
}

/** Three primaries without replicas, which all agree on who owns what. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const settings = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '5000']
  const nodes = await Promise.all([1, 2, 3].map(() => startRedis(...settings)))
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { stdio: 'ignore' })
  const settled = (): boolean =>
    nodes.every((node) => {
      const info = node.cli('CLUSTER', 'INFO')
      return info.includes('cluster_state:ok') && info.includes('cluster_size:3')
    })
  for (let tries = 0; !settled(); tries++) {
    if (tries === 200) throw new Error('the cluster did not come up')
    await sleep(50)
  }
  return {
    nodes,
    reshard: async (slots) => {
      const [from, to] = nodes.map((node) => node.cli('CLUSTER', 'MYID'))
      const route = ['--cluster-from', from!, '--cluster-to', to!, '--cluster-slots', String(slots), '--cluster-yes']
      await promisify(execFile)('redis-cli', ['--cluster', 'reshard', addresses[0]!, ...route])
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

async function launch(port: number, folder: string, settings: readonly string[]): Promise<ChildProcess> {
  const plain = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', ['--port', String(port), ...plain, ...settings], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('Ready to accept connections')) {
      child.stdout.resume()
      return child
    }
    said.push(line)
  }
  throw new Error(`redis-server did not start:\n${said.join('\n')}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

function cli(port: number, ...words: string[]): string {
  return execFileSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8' }).trim()
}

/** Below 50 000, so that a cluster's bus at port + 10 000 exists. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 30_000)
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
