import { Redis as Upstash } from '@upstash/redis'
import { describe, expect, it } from 'vitest'
import { redisProblems } from '../../src/stores/_redis-check.js'
import { redisVerbs } from '../../src/stores/_redis-verbs.js'
import { type IoredisLike, type RedisStoreOptions, redisStore } from '../../src/stores/redis.js'

const client: IoredisLike = { evalsha: () => undefined, eval: () => undefined, call: () => undefined }

describe('redisStore refuses', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['a URL', 'redis://localhost'],
    ['a client of @upstash/redis', new Upstash({ url: 'http://127.0.0.1:1', token: 'x' })],
  ])('%s as a client', (_name, given) => {
    expect(() => redisStore(given as IoredisLike)).toThrow(
      expect.objectContaining({ name: 'ConfigError', code: 'ERR_OPTION_INVALID' }),
    )
  })

  it.each([
    [{ prefix: 5 }, 'ERR_OPTION_INVALID'],
    [{ waitReplicas: -1 }, 'ERR_OPTION_INVALID'],
    [{ waitReplicas: 1.5 }, 'ERR_OPTION_INVALID'],
    [{ prefx: 'a' }, 'ERR_OPTION_UNKNOWN'],
  ])('the options %o with %s', (options, code) => {
    expect(() => redisStore(client, options as RedisStoreOptions)).toThrow(expect.objectContaining({ code }))
  })
})

describe('replies', () => {
  const options = { nonce: 'n', leaseMs: 1, retentionMs: 1, tag: 't' }
  const verbs = (reply: unknown) => redisVerbs({ evalsha: async () => reply, eval: async () => reply }, '')
  const bytes = (text: string): Buffer => Buffer.from(text)

  it.each([
    ['a number', 17_000],
    ['digits', '17000'],
    ['the bytes of digits', bytes('17000')],
  ])('of a first claim are read from %s', async (_name, reply) => {
    const won = { status: 'won', fence: 17_000, attempt: 1, progress: '', result: undefined, tag: 't' }
    expect(await verbs(reply).claim('k', options)).toEqual(won)
  })

  it('are read from bytes as from text', async () => {
    const reply = [bytes('won'), bytes('9'), 2, bytes('=tag'), bytes('=p'), bytes('=r')]
    const won = { status: 'won', fence: 9, attempt: 2, tag: 'tag', progress: 'p', result: 'r' }
    expect(await verbs(reply).claim('k', options)).toEqual(won)
    expect(await verbs([bytes('busy'), 3, bytes('=tag')]).claim('k', options)).toEqual({
      status: 'busy',
      retryAfterMs: 3,
      tag: 'tag',
    })
    expect(await verbs(bytes('late')).finish('k', { ...options, to: 'done', progress: '' })).toBe('late')
  })

  it.each([
    null,
    undefined,
    '',
    'OK',
    'Aborted',
    '1e400',
    -1,
    {},
    [],
    ['won'],
    ['won', 'x', 1, '=', '='],
    ['busy', 1, 'tag'],
    ['odd'],
  ])('that no script gives (%o) are an error, never a win', async (reply) => {
    const code = { code: 'ERR_STORE_CORRUPT' }
    await expect(verbs(reply).claim('k', options)).rejects.toMatchObject(code)
    await expect(verbs(reply).finish('k', { ...options, to: 'done', progress: '' })).rejects.toMatchObject(code)
  })
})

describe('errors', () => {
  const failing = (message: string) => {
    const fail = async (): Promise<never> => {
      throw new Error(message)
    }
    return redisVerbs({ evalsha: fail, eval: fail }, '').reset('k')
  }

  it.each([
    ["OOM command not allowed when used memory > 'maxmemory'. script: 12, on @user_script:8.", 'ERR_STORE_FULL'],
    [
      "ERR Error running script (call to f_12): @user_script:8: OOM command not allowed when used memory > 'maxmemory'.",
      'ERR_STORE_FULL',
    ],
    ['WRONGTYPE Operation against a key holding the wrong kind of value script: 12', 'ERR_STORE_CORRUPT'],
    ['CORRUPT state', 'ERR_STORE_CORRUPT'],
    ['LOADING Redis is loading the dataset in memory', 'ERR_STORE_UNAVAILABLE'],
    ['CLUSTERDOWN The cluster is down', 'ERR_STORE_UNAVAILABLE'],
    ['connect ECONNREFUSED 127.0.0.1:6379', 'ERR_STORE_UNAVAILABLE'],
    ['NOSCRIPT No matching script.', 'ERR_STORE_UNAVAILABLE'],
    ['ERR timeout, command was: ["evalsha","OOM WRONGTYPE NOSCRIPT"]', 'ERR_STORE_UNAVAILABLE'],
  ])('%s is %s, with the error as its cause', async (message, code) => {
    await expect(failing(message)).rejects.toMatchObject({ code, cause: { message } })
  })
})

describe('check() on what the tests have no server for', () => {
  const info =
    (text: string) =>
    async (...words: string[]) => {
      if (words[0] === 'INFO') return text
      throw new Error('ERR unknown command')
    }

  it.each([
    ['6.0.16', 1],
    ['5.0.7', 1],
    ['6.2.0', 0],
    ['7.4.1', 0],
    ['8.0.0', 0],
    ['10.0.0', 0],
  ])('names a Redis %s that is too old in %i sentence', async (version, count) => {
    const problems = await redisProblems(
      info(`redis_version:${version}\r\nrole:master\r\nmaxmemory_policy:noeviction\r\n`),
    )
    expect(problems).toHaveLength(count)
  })

  it('asks CONFIG where INFO does not tell the policy, as a list, map or object', async () => {
    for (const reply of [
      ['maxmemory-policy', 'allkeys-lfu'],
      new Map([['maxmemory-policy', 'allkeys-lfu']]),
      { 'maxmemory-policy': 'allkeys-lfu' },
    ]) {
      const problems = await redisProblems(async (...words) =>
        words[0] === 'INFO' ? 'redis_version:7.0.0\r\n' : reply,
      )
      expect(problems).toEqual([expect.stringContaining('allkeys-lfu')])
    }
  })

  it('says so where neither tells it', async () => {
    expect(await redisProblems(info('redis_version:7.0.0\r\n'))).toEqual([
      expect.stringContaining('CONFIG is not permitted'),
    ])
  })
})
