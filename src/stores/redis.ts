import { StoreError } from '../errors.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import type { Store } from '../types.js'
import { type RedisCommand, redisProblems, scriptProblems } from './_redis-check.js'
import { connectionOf } from './_redis-clients.js'
import { storeError } from './_redis-run.js'
import { redisVerbs } from './_redis-verbs.js'

type AnyFunction = (...args: never[]) => unknown

/** What is used of an ioredis client, or of its cluster. */
export interface IoredisLike {
  readonly evalsha: AnyFunction
  readonly eval: AnyFunction
  readonly call: AnyFunction
}

/** What is used of a node-redis client, of its pool, sentinel or cluster. */
export interface NodeRedisLike {
  readonly evalSha: AnyFunction
  readonly sendCommand: AnyFunction
}

export interface RedisStoreOptions {
  /**
   * Stands before every key. Give each service its own: two services that share a server and a prefix swallow each other's events.
   * @default 'hookproof:'
   */
  readonly prefix?: string | undefined
  /**
   * Replicas that must hold a claim or a finished record before it counts (WAIT, 500 ms), at a second round trip. Narrows what
   * a failover forgets and does not close it. Not for clusters. @default 0
   */
  readonly waitReplicas?: number | undefined
  /**
   * Claims and finishes of one turn of the event loop are one command, where one server has all keys: never for clusters. False: each is
   * a command of its own. @default true
   */
  readonly batch?: boolean | undefined
}

const WAIT_MS = '500'

/**
 * Claims in Redis 6.2 or later, or Valkey, each in one atomic step judged by the server's clock. A new event and a finished one cost one
 * round trip, one that is running, free or lapsed costs two. On servers before 7.0 each claim is a script, and one round trip. What is
 * asked in one turn of the event loop goes to the server as one command, except on a cluster.
 *
 * Takes a connected client of ioredis 5 or 6 or node-redis 4 to 6, or a cluster or sentinel of either; it stays yours to close. Let it
 * fail at once while the server is away, or requests wait for the receiver's storeTimeoutMs: ioredis `{ enableOfflineQueue: false,
 * maxRetriesPerRequest: 1 }`, node-redis `{ disableOfflineQueue: true }`.
 * @param options.prefix stands before every key. @default 'hookproof:'
 * @param options.waitReplicas replicas that must hold what was written. @default 0
 * @param options.batch false: each claim and finish is a command of its own. @default true
 * @throws ConfigError ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN; its verbs: StoreError ERR_STORE_UNAVAILABLE, ERR_STORE_FULL, ERR_STORE_CORRUPT
 */
export function redisStore(client: IoredisLike | NodeRedisLike, options: RedisStoreOptions = {}): Store {
  const where = 'redisStore'
  const given = checkOptions(options, ['prefix', 'waitReplicas', 'batch'], where)
  const prefix = given.prefix ?? 'hookproof:'
  if (typeof prefix !== 'string') throw invalidOption(where, 'prefix', 'a string')
  const replicas = given.waitReplicas ?? 0
  if (!Number.isSafeInteger(replicas) || replicas < 0)
    throw invalidOption(where, 'waitReplicas', 'a whole number from 0 up')
  if (given.batch !== undefined && typeof given.batch !== 'boolean')
    throw invalidOption(where, 'batch', 'true or false')
  const connection = connectionOf(client)
  if (replicas > 0 && connection.cluster) {
    throw invalidOption(where, 'waitReplicas', '0 for a cluster: WAIT counts the replicas of one node')
  }
  const batch = given.batch !== false && !connection.cluster
  const secured = (): Promise<void> => waitFor(connection.command, replicas)
  const verbs = redisVerbs(replicas > 0 ? { ...connection.transport, secured } : connection.transport, prefix, batch)
  return {
    name: 'redis',
    ...verbs,
    async check() {
      const nodes = await connection.nodes().catch((error: unknown) => Promise.reject(storeError(error)))
      const problems = await Promise.all(nodes.map(redisProblems))
      return [...new Set(problems.flat()), ...(await scriptProblems(verbs)), ...connection.problems()]
    },
  }
}

async function waitFor(command: RedisCommand, replicas: number): Promise<void> {
  const reached = await command('WAIT', String(replicas), WAIT_MS).catch((error: unknown) => {
    throw storeError(error)
  })
  if (Number(reached) >= replicas) return
  throw new StoreError('ERR_STORE_UNAVAILABLE', {
    detail: `${String(reached)} of ${replicas} replicas confirmed in time`,
  })
}
