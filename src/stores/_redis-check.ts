import { StoreError } from '../errors.js'
import { storeError } from './_redis-run.js'
import type { RedisVerbs } from './_redis-verbs.js'

/** Sends one command to one server, as words. */
export type RedisCommand = (...words: string[]) => Promise<unknown>

/** Settings of a server that lose records, one sentence each. Throws StoreError where the server does not answer. */
export async function redisProblems(command: RedisCommand): Promise<string[]> {
  const info = await attempt(command, 'INFO')
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info ?? '')?.[1]
  const problems: string[] = []
  if (info === undefined)
    problems.push('INFO is not permitted: see for yourself that this is no replica and Redis is 6.2 or later.')
  const version = field('redis_version')
  if (version !== undefined && isBefore(version, 6, 2)) {
    problems.push(`Redis ${version} is too old: its scripts are not tested below 6.2.`)
  }
  if (field('role') === 'slave') problems.push('This server is a replica: claims must go to the primary.')
  const policy = field('maxmemory_policy') ?? (await configured(command, 'maxmemory-policy'))
  if (policy === undefined) {
    problems.push('CONFIG is not permitted: see for yourself that maxmemory-policy is noeviction.')
  } else if (policy !== 'noeviction') {
    problems.push(
      `maxmemory-policy is ${policy}: Redis may drop records, whose events then run again. Set it to noeviction.`,
    )
  }
  return problems
}

function isBefore(version: string, major: number, minor: number): boolean {
  const [ours = 0, theirs = 0] = version.split('.').map(Number)
  return ours < major || (ours === major && theirs < minor)
}

/** Undefined where the server refuses the command. */
async function attempt(command: RedisCommand, ...words: string[]): Promise<string | undefined> {
  try {
    return flat(await command(...words))
  } catch (error) {
    if (isForbidden(error)) return undefined
    throw storeError(error)
  }
}

function isForbidden(error: unknown): boolean {
  return (
    error instanceof Error &&
    /NOPERM|unknown command|not allowed|not available|permission|can't run/i.test(error.message)
  )
}

/** A claim is often a bare SET: who may not run scripts wins it, and can neither finish it nor let it go. */
export async function scriptProblems({ renew }: RedisVerbs): Promise<string[]> {
  try {
    await renew('check', { nonce: 'check', leaseMs: 1, retentionMs: 1 }) // of a record that is not there: writes nothing
    return []
  } catch (error) {
    if (!(error instanceof StoreError) || !isForbidden(error.cause)) throw error
    return [
      'The scripts are not permitted: what is claimed cannot be finished. Allow EVAL, EVALSHA, GET, SET, PTTL and TIME on the keys of the prefix.',
    ]
  }
}

async function configured(command: RedisCommand, name: string): Promise<string | undefined> {
  const reply = await attempt(command, 'CONFIG', 'GET', name)
  return reply?.split('\n')[1]
}

/** Text as it is; lists and maps as their words in order, a line each. */
function flat(reply: unknown): string {
  if (Array.isArray(reply)) return reply.map(flat).join('\n')
  if (reply instanceof Map) return flat([...reply])
  if (typeof reply === 'object' && reply !== null && !(reply instanceof Uint8Array)) return flat(Object.entries(reply))
  return String(reply)
}
