import { afterAll, beforeAll, expect, it } from 'vitest'
import { githubDelivery, isServing, startExample } from '../support/examples.js'
import { describeRedis, type RedisServer, someRedis } from '../support/redis.js'

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
