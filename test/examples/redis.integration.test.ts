import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { blocksOf } from '../architecture/rules/docs.js'
import { githubDelivery, isServing, startExample } from '../support/examples.js'
import { describeRedis, type RedisServer, someRedis } from '../support/redis.js'
import { root } from '../support/running-program.js'

describeRedis('the example redis.mjs', 'any server', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await someRedis()
  })
  afterAll(() => redis.stop())

  it('serves', async () => {
    const program = startExample('redis.mjs', { REDIS_URL: redis.url })
    try {
      await isServing(program, githubDelivery, 200, 'opened: It works')
    } finally {
      program.kill('SIGKILL')
    }
  })

  it('runs an event once in two processes', async () => {
    const programs = [
      startExample('redis.mjs', { REDIS_URL: redis.url }),
      startExample('redis.mjs', { REDIS_URL: redis.url }),
    ]
    try {
      const urls = await Promise.all(programs.map((program) => program.prints(/listening on (\S+)/)))
      const sent = githubDelivery()
      for (const url of urls) expect((await fetch(url, sent)).status).toBe(200)
      for (const program of programs) program.kill('SIGTERM')
      expect(await Promise.all(programs.map((program) => program.ends()))).toEqual([0, 0])
      const lines = programs.flatMap(({ output }) => output.split('\n').filter((line) => line === 'opened: It works'))
      expect(lines).toHaveLength(1)
    } finally {
      for (const program of programs) program.kill('SIGKILL')
    }
  })
})

const documents = ['docs/stores.md', 'docs/deployment.md']
const blocks = documents
  .flatMap((document) => blocksOf(document, readFileSync(join(root, document), 'utf8')))
  .filter(({ text }) => text.includes('redis://localhost') || text.includes('REDIS_URL'))

describeRedis('a client of Redis, set up as the docs say', 'any server', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await someRedis()
  })
  afterAll(() => redis.stop())

  it('is in three places', () => expect(blocks).toHaveLength(3))

  it.each(blocks)('can be asked at once, and check() finds nothing: $document:$line', async ({ text }) => {
    const program = `${text.replace('redis://localhost', redis.url)}
      for (const problem of await redisStore(client).check()) throw new Error(problem)
      process.exit()`
    const { outputText } = ts.transpileModule(program, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    })
    const env = { ...process.env, REDIS_URL: redis.url, STRIPE_WEBHOOK_SECRET: 'whsec_of_this_test_and_no_other' }
    const node = promisify(execFile)(process.execPath, ['--input-type=module', '-e', outputText], { cwd: root, env })
    expect((await node).stderr).toBe('')
  })
})
