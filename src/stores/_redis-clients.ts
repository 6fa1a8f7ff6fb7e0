import { ConfigError } from '../errors.js'
import { withoutErrorListener } from './_error-listener.js'
import type { RedisCommand } from './_redis-check.js'
import type { RedisTransport } from './_redis-run.js'

/** A client of whatever kind, as the store uses it. */
export interface RedisConnection {
  readonly transport: RedisTransport
  readonly cluster: boolean
  readonly command: RedisCommand
  /** One for each primary. */
  nodes(): Promise<RedisCommand[]>
  /** What is wrong with the client itself, one sentence each. */
  problems(): string[]
}

type Call = (...args: unknown[]) => Promise<unknown>

/** Tells clients apart by their methods: no driver is imported. Throws ConfigError ERR_OPTION_INVALID. */
export function connectionOf(client: object): RedisConnection {
  const isObject = typeof client === 'object' && client !== null
  const has = (name: string): boolean => isObject && typeof Reflect.get(client, name) === 'function'
  if (has('evalsha') && has('eval') && has('call')) return ioredis(client)
  if (has('evalSha') && has('sendCommand')) {
    if (Reflect.get(Object(Reflect.get(client, 'options')), 'legacyMode') === true) throw legacy()
    if (has('nodeClient')) return nodeRedisCluster(client)
    return has('getMasterNode') ? nodeRedisSentinel(client) : nodeRedis(client)
  }
  throw new ConfigError('ERR_OPTION_INVALID', {
    detail: 'redisStore takes a client of ioredis or node-redis; for @upstash/redis there is upstashStore',
  })
}

/** Its commands answer to callbacks, and not at all without one. */
function legacy(): ConfigError {
  return new ConfigError('ERR_OPTION_INVALID', {
    detail: 'redisStore cannot use a client of node-redis in legacyMode: pass its `client.v4`',
  })
}

function ioredis(client: object): RedisConnection {
  const redis = client as Record<'evalsha' | 'eval' | 'call', Call> & { nodes?: (role: string) => { call: Call }[] } // by connectionOf
  return {
    transport: {
      // In small letters: ioredis looks the name up several times, and makes them small each time. 4 % of a claim.
      setIfAbsent: (key, value, px) => redis.call('set', key, value, 'PX', px, 'NX', 'GET'),
      evalsha: (sha, keys, args) => redis.evalsha(sha, keys.length, ...keys, ...args),
      eval: (lua, keys, args) => redis.eval(lua, keys.length, ...keys, ...args),
    },
    cluster: redis.nodes !== undefined,
    command: (...words) => redis.call(...words),
    async nodes() {
      const nodes = redis.nodes?.('master') ?? [redis]
      return nodes.map(
        (node) =>
          (...words) =>
            node.call(...words),
      )
    },
    problems: () => [], // ioredis prints an 'error' that nobody hears
  }
}

function nodeRedis(client: object): RedisConnection {
  const redis = client as { sendCommand(words: string[]): Promise<unknown> } // by connectionOf
  return nodeRedisServer(client, (words) => redis.sendCommand(words))
}

function nodeRedisSentinel(client: object): RedisConnection {
  const sentinel = client as { sendCommand(readonly: boolean, words: string[]): Promise<unknown> } // by connectionOf
  return nodeRedisServer(client, (words) => sentinel.sendCommand(false, words))
}

function nodeRedisServer(client: object, send: (words: string[]) => Promise<unknown>): RedisConnection {
  const command: RedisCommand = (...words) => send(words)
  return {
    transport: {
      setIfAbsent: (key, value, px) => send(['SET', key, value, 'PX', px, 'NX', 'GET']),
      evalsha: (sha, keys, args) => send(['EVALSHA', sha, `${keys.length}`, ...keys, ...args]),
      eval: (lua, keys, args) => send(['EVAL', lua, `${keys.length}`, ...keys, ...args]),
    },
    cluster: false,
    command,
    nodes: async () => [command],
    problems: () => unheard(client),
  }
}

function nodeRedisCluster(client: object): RedisConnection {
  interface Node {
    sendCommand(words: string[]): Promise<unknown>
  }
  const cluster = client as {
    masters: object[]
    nodeClient(master: object): Node | Promise<Node>
    sendCommand(key: string, readonly: boolean, words: string[]): Promise<unknown>
  } // by connectionOf
  return {
    transport: {
      setIfAbsent: (key, value, px) => cluster.sendCommand(key, false, ['SET', key, value, 'PX', px, 'NX', 'GET']),
      evalsha: (sha, keys, args) =>
        cluster.sendCommand(keys[0] ?? '', false, ['EVALSHA', sha, `${keys.length}`, ...keys, ...args]),
      eval: (lua, keys, args) =>
        cluster.sendCommand(keys[0] ?? '', false, ['EVAL', lua, `${keys.length}`, ...keys, ...args]),
    },
    cluster: true,
    command: (...words) => cluster.sendCommand('', false, words),
    async nodes() {
      const nodes = await Promise.all(cluster.masters.map((master) => cluster.nodeClient(master)))
      return nodes.map(
        (node) =>
          (...words) =>
            node.sendCommand(words),
      )
    },
    problems: () => unheard(client),
  }
}

function unheard(client: object): string[] {
  return withoutErrorListener(client, "the client has no 'error' listener: a lost connection ends this process.")
}
