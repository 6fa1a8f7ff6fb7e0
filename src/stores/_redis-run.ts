import { type ErrorCode, StoreError } from '../errors.js'
import type { RedisScript } from './_redis-scripts.js'

/** One way of reaching a Redis server. Rejects with the server's own error. */
export interface RedisTransport {
  evalsha(sha: string, keys: readonly string[], args: readonly string[], signal?: AbortSignal): Promise<unknown>
  eval(lua: string, keys: readonly string[], args: readonly string[], signal?: AbortSignal): Promise<unknown>
  /** SET NX GET PX; left out where every verb is to be a script. */
  setIfAbsent?(key: string, value: string, px: string): Promise<unknown>
  /** Resolves when what was written is as safe as was asked for; left out: at once. */
  secured?(): Promise<void>
}

/** Runs a script by its name, and with its text where the server does not know it. Rejects with StoreError. */
export function runScript<T>(
  transport: RedisTransport,
  { sha, lua }: RedisScript,
  keys: readonly string[],
  args: readonly string[],
  read: (reply: unknown) => T,
  signal?: AbortSignal,
): Promise<T> {
  return transport.evalsha(sha, keys, args, signal).then(read, (error: unknown) => {
    if (!isUnknownScript(error)) throw storeError(error)
    return transport.eval(lua, keys, args, signal).then(read, (second: unknown) => {
      throw storeError(second)
    })
  })
}

/** Without what some clients add: the command, whose texts are not the server's. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split(', command was')[0] ?? '') : ''
}

function isUnknownScript(error: unknown): boolean {
  return messageOf(error).includes('NOSCRIPT')
}

const CODES: readonly (readonly [RegExp, ErrorCode])[] = [
  [/\bOOM\b/, 'ERR_STORE_FULL'],
  [/\b(WRONGTYPE|CORRUPT)\b/, 'ERR_STORE_CORRUPT'],
]

/** What an error of a client or server means; its own text stays in the cause. */
export function storeError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause
  const text = messageOf(cause)
  const code = CODES.find(([pattern]) => pattern.test(text))?.[1] ?? 'ERR_STORE_UNAVAILABLE'
  return new StoreError(code, { cause, detail: /^[A-Z]{3,}\b/.exec(text)?.[0] })
}
