import { StoreError } from '../errors.js'
import { createBatcher } from './_batcher.js'
import { textOf, unreadable } from './_redis-replies.js'
import { messageOf, type RedisTransport, runScript } from './_redis-run.js'
import type { RedisScript } from './_redis-scripts.js'

/*
 * A command costs a client 10 to 20 µs of processor time, most of it for its promise, its place in a queue and its write to the socket:
 * more than Redis needs for ten claims. What is asked in one turn of the event loop is therefore one command.
 */

/** Asked with others, nothing was done: it has to be asked by itself, and its own error comes out. */
export const ALONE: unique symbol = Symbol('alone')

/** Undefined: it went as hoped. */
export type Exception = string | typeof ALONE | undefined

interface Entry {
  readonly key: string
  readonly args: readonly string[]
}

/**
 * Few at a time, and the next in another turn, so that the server works on one batch while the client writes the next: a claim at 50 at
 * once takes 9 µs so, and 15 where node-redis writes all of them at once. 12 hold the server up for some 40 to 70 µs.
 */
const LIMITS = { size: 12, perTurn: 1 }

/**
 * A script for many keys that answers their number, and then index and text of each that did not go as hoped. Undefined: it has to be
 * asked alone.
 */
export function redisBatch(
  transport: RedisTransport,
  script: RedisScript,
  isOneServer: () => boolean,
): (entry: Entry) => Promise<Exception> | undefined {
  let crossesSlots = false
  const batcher = createBatcher<Entry, Exception>(async (entries) => {
    if (entries.length === 1 || !isOneServer()) return () => ALONE
    const [keys, args] = [entries.map(({ key }) => key), entries.flatMap((entry) => entry.args)]
    try {
      const exceptions = await runScript(transport, script, keys, args, (reply) => readExceptions(reply, keys))
      return ({ key }) => exceptions.get(key)
    } catch (error) {
      // A cluster that looks like one server.
      if (!(error instanceof StoreError) || !messageOf(error.cause).includes('CROSSSLOT')) throw error
      crossesSlots = true
      return () => ALONE
    }
  }, LIMITS)
  return (entry) => (crossesSlots ? undefined : batcher.add(entry))
}

function readExceptions(reply: unknown, keys: readonly string[]): ReadonlyMap<string, Exception> {
  // Without the number, an empty answer of something in between would be a claim for everybody.
  if (!Array.isArray(reply) || Number(reply[0]) !== keys.length) throw unreadable()
  const found = new Map<string, Exception>()
  for (let at = 1; at < reply.length; at += 2) {
    const key = keys[Number(reply[at]) - 1]
    if (key === undefined) throw unreadable()
    const text = String(reply[at + 1])
    found.set(key, text === '!' ? ALONE : textOf(text))
  }
  return found
}
