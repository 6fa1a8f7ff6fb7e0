import { Redis as Upstash } from '@upstash/redis'
import { createClient } from 'redis4'
import { describe, expect, it, vi } from 'vitest'
import { redisProblems } from '../../src/stores/_redis-check.js'
import { WHO } from '../../src/stores/_redis-scripts.js'
import { redisVerbs } from '../../src/stores/_redis-verbs.js'
import { type IoredisLike, type RedisStoreOptions, redisStore } from '../../src/stores/redis.js'
import { tally } from '../support/store-calls.js'

const client: IoredisLike = { evalsha: () => undefined, eval: () => undefined, call: () => undefined }

describe('redisStore refuses', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['a URL', 'redis://localhost'],
    ['a client of node-redis 4 in legacy mode', createClient({ legacyMode: true })],
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

it("a sentinel of node-redis is asked for the primary, which its commands' first word is for", async () => {
  const sent: unknown[][] = []
  const sentinel = {
    evalSha: () => undefined,
    getMasterNode: () => undefined,
    sendCommand: async (...given: unknown[]) => {
      sent.push(given)
      return null
    },
  }
  const options = { nonce: 'n', leaseMs: 1, retentionMs: 1, tag: '' }
  await redisStore(sentinel, { batch: false }).claim('k', options)
  expect(sent).toEqual([[false, ['SET', 'hookproof:k', expect.stringContaining('busy n '), 'PX', '1', 'NX', 'GET']]])
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

describe('a first claim by SET NX GET', () => {
  const options = { nonce: 'n n', leaseMs: 1, retentionMs: 2, tag: 't' }
  const asked: string[] = []
  const verbs = (set: () => Promise<unknown>) => {
    asked.length = 0
    const script = async (): Promise<unknown> => asked.push('script') && [Buffer.from('busy'), 3, '=t']
    const setIfAbsent = async (key: string, value: string, px: string): Promise<unknown> => {
      asked.push(`${key} ${value} ${px}`)
      return set()
    }
    return redisVerbs({ evalsha: script, eval: script, setIfAbsent }, 'p:')
  }

  it('writes a record as the scripts read it', async () => {
    const before = Date.now() * 1000
    const won = await verbs(async () => null).claim('k', options)
    expect(won).toMatchObject({ status: 'won', attempt: 1, progress: '', result: undefined, tag: 't' })
    const fence = won.status === 'won' ? won.fence : 0
    expect(Math.abs(fence - before)).toBeLessThan(60_000_000)
    expect(asked).toEqual([`p:k busy n%20n ${fence} 1 2 1 ["t","",null] 2`])
  })

  it.each([
    ['busy a 1 1 1 1 ["t","",null]'],
    ['free a 1 0 0 1 ["t","p",null]'],
    ['done a 1 0 0 1 ["t","",null'],
    ['done a 1 0 0 1 [7,"",null]'],
    ['done a 1 0 0 1 ["t","",7]'],
    ['OK'],
    [''],
  ])('leaves %o to the script', async (standing) => {
    expect(await verbs(async () => standing).claim('k', options)).toMatchObject({ status: 'busy' })
    expect(asked).toHaveLength(2)
  })

  it('tells of a finished event at once, from text as from bytes, and asks the script to run it again', async () => {
    const record = 'dead a 1 0 0 1 ["t\\n","","r"]'
    for (const standing of [record, Buffer.from(record)]) {
      expect(await verbs(async () => standing).claim('k', options)).toEqual({ status: 'dead', tag: 't\n', result: 'r' })
      expect(asked).toHaveLength(1)
    }
    expect(await verbs(async () => record).claim('k', { ...options, rerun: true })).toMatchObject({ status: 'busy' })
  })

  it('is the script alone from then on where the server takes either NX or GET', async () => {
    const old = verbs(() => Promise.reject(new Error('ERR syntax error')))
    expect(await old.claim('k', options)).toMatchObject({ status: 'busy' })
    expect(await old.claim('k', options)).toMatchObject({ status: 'busy' })
    expect(asked.slice(1)).toEqual(['script', 'script'])
  })

  it('fails with the code of its error', async () => {
    const full = verbs(() => Promise.reject(new Error('OOM command not allowed')))
    await expect(full.claim('k', options)).rejects.toMatchObject({ code: 'ERR_STORE_FULL' })
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

describe('batches', () => {
  const options = { nonce: 'n', leaseMs: 1, retentionMs: 2, tag: '' }
  const asked = async (extra: object, batch?: boolean): Promise<string[]> => {
    const sent: string[] = []
    const client = {
      evalsha: async (sha: string, keys: number) =>
        sha === WHO.sha ? `=${'0'.repeat(40)}` : sent.push(`script of ${keys}`) && [keys],
      eval: async () => [],
      call: async () => sent.push('SET') && null,
    }
    const store = redisStore({ ...client, ...extra }, { batch })
    await Promise.all(['a', 'b'].map((key) => store.claim(key, options)))
    await new Promise(setImmediate)
    sent.length = 0
    await Promise.all(['c', 'd', 'e'].map((key) => store.claim(key, options)))
    return sent
  }

  it.each([
    ['one server', {}, undefined, ['script of 3']],
    ['one server, switched off', {}, false, ['SET', 'SET', 'SET']],
    ['a cluster', { nodes: () => [] }, undefined, ['SET', 'SET', 'SET']],
  ])('go to %s', async (_title, extra, batch, sent) => {
    expect(await asked(extra, batch)).toEqual(sent)
  })

  it.each([
    ['no list', 'ok'],
    ['an empty list', []],
    ['another number', [2]],
    ['an index of nobody', [3, 9, '=x']],
    ['a text without its mark', [3, 1, 'x']],
  ])('that are answered with %s are refused', async (_title, reply) => {
    const evalsha = async (sha: string) => (sha === WHO.sha ? `=${'0'.repeat(40)}` : reply)
    await expect(asked({ evalsha })).rejects.toMatchObject({ code: 'ERR_STORE_CORRUPT' })
  })

  it('are sent in a test that has replaced the timers', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate'] })
    try {
      const store = redisStore({ ...client, evalsha: async () => 'ok', call: async () => null })
      expect(await store.claim('k', options)).toMatchObject({ status: 'won' })
    } finally {
      vi.useRealTimers()
    }
  })

  it('leave one in a turn of the event loop, the first as soon as it is full, and all that waits gets its answer', async () => {
    let turn = 0
    const sent: { turn: number; keys: number }[] = []
    const evalsha = async (sha: string, keys: number) =>
      sha === WHO.sha ? `=${'0'.repeat(40)}` : sent.push({ turn, keys }) && [keys]
    const store = redisStore({ ...client, evalsha, eval: async () => [], call: async () => null })
    await Promise.all(['a', 'b'].map((key) => store.claim(key, options)))
    await new Promise(setImmediate)
    const counting = setInterval(() => undefined, 1000)
    const next = (): unknown => turn++ < 100 && setImmediate(next)
    next()
    const claims = Array.from({ length: 50 }, (_, i) => store.claim(`k${i}`, options))
    expect(sent).toEqual([{ turn: 1, keys: 12 }])
    expect(tally((await Promise.all(claims)).map(({ status }) => status))).toEqual({ won: 50 })
    clearInterval(counting)
    expect(sent.map(({ keys }) => keys)).toEqual([12, 12, 12, 12, 2])
    expect(new Set(sent.slice(1).map((one) => one.turn)).size).toBe(4)
    const later = Array.from({ length: 12 }, (_, i) => store.claim(`later ${i}`, options))
    expect(sent).toHaveLength(6)
    await Promise.all(later)
  })

  it('are a setting of true or false', () => {
    expect(() => redisStore(client, { batch: 1 as never })).toThrow('batch')
  })
})
