import { StoreError } from '../errors.js'
import { checkOptions, invalidOption, numberOption } from '../lib/options.js'
import type { ClaimOptions, ClaimResult, FinishOptions, RenewOptions, Store } from '../types.js'

export { HookproofStore } from './_durable-object-class.js'

interface Reply {
  readonly ok: boolean
  readonly status: number
  json(): Promise<unknown>
}

/** What is used of the namespace that a Durable Object binding is. */
export interface DurableObjectNamespaceLike {
  idFromName(name: string): unknown
  get(id: unknown): {
    fetch(url: string, init: { method: string; body: string; signal?: AbortSignal | null }): Promise<Reply>
  }
}

export interface DurableObjectStoreOptions {
  /**
   * How many objects share the events. Left out: each event has an object of its own, which nothing can overload. A number keeps them
   * warm, at some hundred claims a second each; never change it later, or what is done runs again. @default an object an event
   */
  readonly shards?: number | undefined
}

const WHERE = 'durableObjectStore'

/**
 * Claims in Cloudflare Durable Objects: one request to one single-threaded object a verb, judged by the object's clock.
 *
 * Takes the binding of a class that the Worker exports: `export { HookproofStore } from 'hookproof/stores/durable-object'`, with
 * `new_sqlite_classes: ["HookproofStore"]` in its migrations.
 * @param options.shards objects that share the events. @default an object an event
 * @throws ConfigError ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN; its verbs: StoreError ERR_STORE_UNAVAILABLE, ERR_STORE_FULL, ERR_STORE_CORRUPT
 * @see https://developers.cloudflare.com/durable-objects/
 */
export function durableObjectStore(
  namespace: DurableObjectNamespaceLike,
  options: DurableObjectStoreOptions = {},
): Store {
  const { shards } = checkOptions(options, ['shards'], WHERE)
  if (shards !== undefined) numberOption(shards, 1, { where: WHERE, name: 'shards', min: 1, max: 1_000_000 })
  if (shards !== undefined && !Number.isInteger(shards)) throw invalidOption(WHERE, 'shards', 'a whole number')
  if (typeof namespace?.idFromName !== 'function' || typeof namespace.get !== 'function') {
    throw invalidOption(WHERE, 'namespace', 'the binding of a Durable Object')
  }
  const nameOf = (key: string): string => (shards === undefined ? key : `shard:${shardOf(key, shards)}`)

  async function ask(name: string, verb: string, words: unknown, signal?: AbortSignal): Promise<unknown> {
    const stub = namespace.get(namespace.idFromName(name))
    const body = JSON.stringify(words, (_, value: unknown) => (value === Number.POSITIVE_INFINITY ? FOREVER : value))
    const init = signal === undefined ? { method: 'POST', body } : { method: 'POST', body, signal }
    const reply = await stub.fetch(`https://hookproof/${verb}`, init).catch((cause: unknown) => {
      throw new StoreError('ERR_STORE_UNAVAILABLE', { cause })
    })
    const answer = await reply.json().catch(() => undefined)
    if (reply.ok && isObject(answer) && 'answer' in answer) return answer.answer
    const code = isObject(answer) ? CODES.find((known) => known === answer.error) : undefined
    throw new StoreError(code ?? 'ERR_STORE_UNAVAILABLE', { detail: `the object answered ${reply.status}` })
  }

  const send = (key: string, verb: string, options: ClaimOptions | RenewOptions | FinishOptions): Promise<unknown> => {
    const { signal, ...words } = options
    return ask(nameOf(key), verb, { key, ...words }, signal)
  }
  return {
    name: 'durable-object',
    claim: async (key, claim) => readClaim(await send(key, 'claim', claim)),
    renew: async (key, renewal) => (await send(key, 'renew', renewal)) === true,
    async finish(key, finish) {
      const answer = await send(key, 'finish', finish)
      if (answer === 'ok' || answer === 'late' || answer === 'lost') return answer
      throw unreadable()
    },
    reset: async (key) => (await ask(nameOf(key), 'reset', { key })) === true,
    async check() {
      const problems = await ask('hookproof:check', 'check', {})
      if (Array.isArray(problems)) return problems.map(String)
      throw unreadable()
    },
  }
}

/** What JSON has in place of Infinity. */
const FOREVER = Number.MAX_SAFE_INTEGER
const CODES = ['ERR_STORE_FULL', 'ERR_STORE_CORRUPT'] as const

/** FNV-1a. Frozen: another distribution would lose every record. */
function shardOf(key: string, shards: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  return (hash >>> 0) % shards
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function readClaim(answer: unknown): ClaimResult {
  const status = isObject(answer) ? answer.status : undefined
  // The class stands in this package: what it answers is a ClaimResult, once it says so.
  if (status === 'won' || status === 'busy' || status === 'done' || status === 'dead') {
    return { result: undefined, ...(answer as object) } as unknown as ClaimResult
  }
  throw unreadable()
}

function unreadable(): StoreError {
  return new StoreError('ERR_STORE_CORRUPT', { detail: 'the object is of another class than HookproofStore' })
}
