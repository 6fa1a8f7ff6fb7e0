import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** True where a test that needs the service has to fail rather than to be skipped. */
export const servicesRequired: boolean = (process.env.CI ?? '') !== '' || process.env.REQUIRE_SERVICES === '1'

/** Runs a command to its end. Throws with what it printed unless it exits with 0. */
export function command(file: string, ...values: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(file, values, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${file} ${values.join(' ')}: ${error?.message ?? `${stdout}${stderr}`}`)
  return stdout
}

/** The first of these that can be run. */
export function findBinary(...names: string[]): string | undefined {
  return names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined)
}

/** Asks until there is an answer. */
export async function untilReady<T>(what: string, ask: () => Promise<T>, ms = 30_000): Promise<T> {
  const until = performance.now() + ms
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (performance.now() > until) throw new Error(`${what} did not get ready`, { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

export interface Server {
  readonly process: ChildProcess
  readonly ended: Promise<void>
}

/** A server in the foreground; dies with this process. */
export function serve(file: string, values: readonly string[], user?: string): Server {
  const id = (flag: string): number => Number(command('id', flag, user ?? ''))
  const child = spawn(file, values, {
    stdio: 'ignore',
    ...(user === undefined ? {} : { uid: id('-u'), gid: id('-g') }),
  })
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      process.removeListener('exit', kill)
      resolve()
    })
  })
  return { process: child, ended }
}
