import { type RedisTransport, runScript } from './_redis-run.js'
import { WHO } from './_redis-scripts.js'

/** Of two servers behind one address, all of 32 keys lie on the same once in two thousand million times. */
const KEYS = 32
const TRIES = 3

/**
 * Whether one server has all the keys. Proxies that spread keys over several send a script to where its first key belongs: the others
 * would be claimed in a place where nobody looks for them again. Asked when it first matters; until it is known, the answer is no.
 */
export function oneServer(transport: RedisTransport, prefix: string): () => boolean {
  let proven = false
  let triesLeft = TRIES
  let asking = false
  const ask = async (): Promise<void> => {
    asking = true
    triesLeft--
    try {
      const keys = Array.from({ length: KEYS }, (_, index) => `${prefix}server:${index}`)
      const names = await Promise.all(keys.map((key) => runScript(transport, WHO, [key], [], String)))
      proven = names.every((name) => /^=[0-9a-f]{40}$/.test(name) && name === names[0])
      triesLeft = 0
    } catch {
      // Away, or the user may not ask: each event goes by itself.
    } finally {
      asking = false
    }
  }
  return () => {
    if (!proven && !asking && triesLeft > 0) void ask()
    return proven
  }
}
