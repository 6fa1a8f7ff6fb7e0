import { createHmac, randomUUID } from 'node:crypto'
import { describe, type TestContext, test } from 'vitest'
import { RunningProgram } from '../support/running-program.js'

const SECRET = 'a secret that only tests have'

async function start(
  adapter: string,
  timeoutMs: number,
  { onTestFinished }: TestContext,
): Promise<{ program: RunningProgram; url: string }> {
  const env = { SECRET, TIMEOUT_MS: String(timeoutMs) }
  const program = new RunningProgram('test/support/shutdown-server.mjs', env, [adapter])
  onTestFinished(() => program.kill('SIGKILL'))
  return { program, url: await program.prints(/listening on (\S+)/) }
}

function delivery(payload: { deaf?: boolean } = {}): { id: string; init: RequestInit } {
  const id = randomUUID()
  const body = JSON.stringify({ id, type: 'shutdown.tested', ...payload })
  const signature = createHmac('sha256', SECRET).update(body).digest('hex')
  // The server need not wait for an idle connection of this client.
  return { id, init: { method: 'POST', headers: { 'x-signature': signature, connection: 'close' }, body } }
}

const middleware = ['express 5', 'express 4', 'koa 3', 'koa 2', 'node', 'fastify', 'fetch']
const guards = ['express guard', 'koa guard']

describe.concurrent.each([...middleware, ...guards])('on SIGTERM, %s', (adapter) => {
  test('ends and answers what is running, and takes nothing new', async (context) => {
    const { expect } = context
    const { program, url } = await start(adapter, 60_000, context)
    const running = delivery()
    const answer = fetch(url, running.init)
    await program.prints(new RegExp(`begins ${running.id}`))
    program.kill('SIGTERM')
    await program.prints(/^closing$/m)
    const late = delivery()
    const refused = await fetch(url, late.init)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)])
    program.say('end')
    expect((await answer).status).toBe(200)
    expect(await program.ends()).toBe(0)
    expect(program.output).toContain(`ends ${running.id}`)
    expect(program.output).not.toContain(late.id)
  })
})

describe.concurrent.each(middleware)('at the limit of closing, %s', (adapter) => {
  test('aborts a handler that listens, and its event is retried', async (context) => {
    const { expect } = context
    const { program, url } = await start(adapter, 200, context)
    const running = delivery()
    const answer = fetch(url, running.init)
    await program.prints(new RegExp(`begins ${running.id}`))
    program.kill('SIGTERM')
    await program.prints(new RegExp(`aborted ${running.id}`))
    expect([500, 503]).toContain((await answer).status)
    expect(await program.ends()).toBe(0)
    expect(program.output).not.toContain(`ends ${running.id}`)
  })

  test('does not wait for a handler that does not listen: 503, and the lease ends it', async (context) => {
    const { expect } = context
    const { program, url } = await start(adapter, 200, context)
    const running = delivery({ deaf: true })
    const answer = fetch(url, running.init)
    await program.prints(new RegExp(`begins ${running.id}`))
    program.kill('SIGTERM')
    await program.prints(/^closed$/m)
    expect(program.output).not.toContain(`ends ${running.id}`)
    const { status, headers } = await answer
    expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)])
    // What is still running holds no process: nothing is left to wait for.
    expect(await program.ends()).toBe(0)
  })
})
