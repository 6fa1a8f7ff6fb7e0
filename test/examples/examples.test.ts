import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { acmeDelivery, githubDelivery, isServing, SECRET, type Signed, startExample } from '../support/examples.js'
import { type RunningProgram, root } from '../support/running-program.js'

const servers: readonly [file: string, sign: (secret?: string) => Signed, status: number, line: string][] = [
  ['express.mjs', githubDelivery, 200, 'opened: It works'],
  ['koa.mjs', githubDelivery, 200, 'opened: It works'],
  ['node.mjs', githubDelivery, 200, 'opened: It works'],
  ['fastify.mjs', githubDelivery, 200, 'opened: It works'],
  ['hono.mjs', githubDelivery, 200, 'opened: It works'],
  ['guard.mjs', githubDelivery, 202, 'let in: issues.opened'],
  ['handlers/server.mjs', githubDelivery, 200, 'opened: It works (attempt 1)'],
  ['custom-provider.mjs', acmeDelivery, 200, 'settled: 42'],
]

const running: RunningProgram[] = []
afterEach(() => {
  for (const program of running.splice(0)) program.kill('SIGKILL')
})

function start(file: string): RunningProgram {
  const program = startExample(file)
  running.push(program)
  return program
}

describe('an example', () => {
  test.each(servers)('serves: %s', async (file, sign, status, line) => {
    await isServing(start(file), sign, status, line)
  })

  test('answers: fetch.mjs', async () => {
    const program = start('fetch.mjs')
    expect(await program.ends()).toBe(0)
    const lines = program.output.split('\n').filter((line) => /^(opened|answered)/.test(line))
    expect(lines).toEqual(['opened: It works', 'answered: 200', 'answered: 401'])
  })

  test('answers: lambda.mjs', async () => {
    const events = [githubDelivery(), githubDelivery('another secret')].map(({ headers, body }) => ({
      version: '2.0',
      rawPath: '/webhooks/github',
      rawQueryString: '',
      headers,
      requestContext: { http: { method: 'POST' } },
      body,
      isBase64Encoded: false,
    }))
    const program = `
      import { handler } from './examples/lambda.mjs'
      for (const event of ${JSON.stringify(events)}) console.log((await handler(event)).statusCode)`
    const env = { ...process.env, GITHUB_WEBHOOK_SECRET: SECRET }
    const node = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: root, env })
    expect((await node).stdout.split('\n')).toEqual(['opened: It works', '200', '401', ''])
  })

  test('is started here, or by a test of its service, and named in the README', () => {
    const files = readdirSync(`${root}examples`).filter((name) => /\.(mjs|ts)$/.test(name))
    const started = [...servers.map(([file]) => file), 'fetch.mjs', 'lambda.mjs', 'redis.mjs']
    // Those with a database are run by test/orm.
    expect(files.filter((file) => !started.includes(file) && !file.startsWith('transaction-'))).toEqual([])
    const readme = readFileSync(`${root}examples/README.md`, 'utf8')
    expect(files.filter((file) => !readme.includes(`](${file})`))).toEqual([])
  })

  test('type-checks', async () => {
    const tsc = promisify(execFile)('npx', ['tsc', '-p', 'examples', '--noEmit'], { cwd: root })
    const { stdout } = await tsc.catch((error: { stdout: string }) => error)
    // Other files of the repository have checks of their own.
    expect(stdout.split('\n').filter((line) => line.startsWith('examples/'))).toEqual([])
  }, 120_000)
})
