import { checkOptions, invalidOption } from '../lib/options.js'
import type { Store } from '../types.js'
import { redisProblems } from './_redis-check.js'
import type { RedisTransport } from './_redis-run.js'
import { redisVerbs } from './_redis-verbs.js'

/** What is used of a client of `@upstash/redis`. */
export interface UpstashLike {
  evalsha(sha: string, keys: string[], args: string[]): Promise<unknown>
  eval(script: string, keys: string[], args: string[]): Promise<unknown>
}

/** What is used of `fetch`. */
export type UpstashFetch = (
  url: string,
  init: {
    method: string
    headers: Record<string, string>
    body: string
    redirect: 'manual'
    signal: AbortSignal | null
  },
) => Promise<{ readonly ok: boolean; readonly status: number; json(): Promise<unknown> }>

export interface UpstashStoreOptions {
  /** UPSTASH_REDIS_REST_URL. */
  readonly url: string
  /** UPSTASH_REDIS_REST_TOKEN, the one that may write. */
  readonly token: string
  /** @default the platform's */
  readonly fetch?: UpstashFetch | undefined
  /** Stands before every key. Give each service its own. @default 'hookproof:' */
  readonly prefix?: string | undefined
}

/**
 * Claims in Upstash Redis over HTTP, for platforms without sockets: the scripts of `redisStore`, one request a verb. Switch eviction
 * off for the database: an evicted record makes its event run again.
 *
 * Takes the address and token of its REST API, or a client of `@upstash/redis` (best with `retry: false`: the receiver resends once).
 * @param options.url address of the REST API
 * @param options.token its token
 * @param options.fetch sends the requests. @default the platform's
 * @param options.prefix stands before every key; with a client it is given in `more`. @default 'hookproof:'
 * @throws ConfigError ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN; its verbs: StoreError ERR_STORE_UNAVAILABLE, ERR_STORE_FULL, ERR_STORE_CORRUPT
 * @see https://upstash.com/docs/redis/features/restapi
 */
export function upstashStore(
  options: UpstashStoreOptions | UpstashLike,
  more: { readonly prefix?: string | undefined } = {},
): Store {
  const client = isClient(options) ? options : undefined
  const transport = client === undefined ? restTransport(options as UpstashStoreOptions) : clientTransport(client) // checked there
  const { prefix = 'hookproof:' } = checkOptions(client === undefined ? options : more, [...OPTIONS], WHERE) as {
    readonly prefix?: string
  } // the one option that both kinds have
  if (typeof prefix !== 'string') throw invalidOption(WHERE, 'prefix', 'a string')
  return {
    name: 'upstash',
    ...redisVerbs(transport, prefix),
    check: () => redisProblems((...words) => transport.eval('return redis.call(unpack(ARGV))', [prefix], words)),
  }
}

const WHERE = 'upstashStore'
const OPTIONS = ['url', 'token', 'fetch', 'prefix'] as const

function isClient(options: unknown): options is UpstashLike {
  const is = (name: string): boolean => typeof Reflect.get(options as object, name) === 'function'
  return typeof options === 'object' && options !== null && is('evalsha') && is('eval')
}

function clientTransport(client: UpstashLike): RedisTransport {
  return {
    evalsha: (sha, keys, args) => client.evalsha(sha, [...keys], [...args]),
    eval: (lua, keys, args) => client.eval(lua, [...keys], [...args]),
  }
}

function restTransport(options: UpstashStoreOptions): RedisTransport {
  const { url, token, fetch: send = fetch } = checkOptions(options, OPTIONS, WHERE)
  if (typeof url !== 'string' || !/^https?:\/\/\S+$/.test(url)) throw invalidOption(WHERE, 'url', 'an http(s) URL')
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw invalidOption(WHERE, 'token', 'the REST token')
  if (typeof send !== 'function') throw invalidOption(WHERE, 'fetch', 'a function')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }

  async function command(words: readonly string[], signal: AbortSignal | null = null): Promise<unknown> {
    const body = JSON.stringify(words)
    const response = await send(url as string, { method: 'POST', headers, body, redirect: 'manual', signal }) // a string: above
    const reply = await response.json().catch(() => undefined)
    if (typeof reply === 'object' && reply !== null) {
      if ('error' in reply && typeof reply.error === 'string') throw new Error(reply.error)
      if (response.ok && 'result' in reply) return reply.result
    }
    throw new Error(`HTTP ${response.status}`)
  }
  return {
    evalsha: (sha, keys, args, signal) => command(['EVALSHA', sha, `${keys.length}`, ...keys, ...args], signal),
    eval: (lua, keys, args, signal) => command(['EVAL', lua, `${keys.length}`, ...keys, ...args], signal),
  }
}
