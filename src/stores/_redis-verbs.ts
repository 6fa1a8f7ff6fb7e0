import { type ErrorCode, StoreError } from '../errors.js'
import type { ClaimOptions, ClaimResult, FinishOptions, RenewOptions } from '../types.js'
import { microseconds } from './_fence.js'
import { finishedOf, firstRecord, textsOf, wordOf } from './_redis-record.js'
import { CLAIM, FINISH, RENEW, RESET, type RedisScript } from './_redis-scripts.js'

/** One way of reaching a Redis server. Rejects with the server's own error. */
export interface RedisTransport {
  evalsha(sha: string, key: string, args: readonly string[], signal?: AbortSignal): Promise<unknown>
  eval(lua: string, key: string, args: readonly string[], signal?: AbortSignal): Promise<unknown>
  /** SET NX GET PX; left out where every verb is to be a script. */
  setIfAbsent?(key: string, value: string, px: string): Promise<unknown>
  /** Resolves when what was written is as safe as was asked for; left out: at once. */
  secured?(): Promise<void>
}

export interface RedisVerbs {
  claim(key: string, options: ClaimOptions): Promise<ClaimResult>
  renew(key: string, options: RenewOptions): Promise<boolean>
  finish(key: string, options: FinishOptions): Promise<'ok' | 'late' | 'lost'>
  reset(key: string): Promise<boolean>
}

/**
 * The verbs over any transport, one script and one round trip each. Where there is SET NX GET, it is asked first: it claims a new event
 * and tells of a finished one; what is running, free or lapsed is for the script, in a second round trip.
 */
export function redisVerbs(transport: RedisTransport, prefix: string): RedisVerbs {
  function run<T>(
    script: RedisScript,
    key: string,
    args: readonly string[],
    read: (reply: unknown) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    return transport.evalsha(script.sha, prefix + key, args, signal).then(read, (error: unknown) => {
      if (!isUnknownScript(error)) throw storeError(error)
      return transport.eval(script.lua, prefix + key, args, signal).then(read, (second: unknown) => {
        throw storeError(second)
      })
    })
  }
  const secure = transport.secured?.bind(transport)
  let setIfAbsent = transport.setIfAbsent?.bind(transport)

  function claimByScript(key: string, { nonce, leaseMs, retentionMs, tag, rerun, signal }: ClaimOptions) {
    const args = [wordOf(nonce), whole(leaseMs), whole(Math.max(leaseMs, retentionMs)), textsOf(tag)]
    if (rerun === true) args.push('1')
    return run(CLAIM, key, args, (reply) => readClaim(reply, tag), signal)
  }

  function claimAtOnce(key: string, options: ClaimOptions, set: NonNullable<typeof setIfAbsent>): Promise<ClaimResult> {
    const { nonce, leaseMs, retentionMs, tag, rerun } = options
    const life = whole(Math.max(leaseMs, retentionMs))
    const fence = microseconds()
    return set(prefix + key, firstRecord(wordOf(nonce), fence, whole(leaseMs), life, textsOf(tag)), life).then(
      (standing) => {
        if (standing === null || standing === undefined) return won(fence, tag)
        return (rerun === true ? undefined : finishedOf(standing)) ?? claimByScript(key, options)
      },
      (error: unknown) => {
        if (!messageOf(error).includes('syntax error')) throw storeError(error)
        setIfAbsent = undefined // before Redis 7 SET takes either NX or GET
        return claimByScript(key, options)
      },
    )
  }

  return {
    claim(key, options) {
      const claimed = setIfAbsent === undefined ? claimByScript(key, options) : claimAtOnce(key, options, setIfAbsent)
      return secure === undefined ? claimed : claimed.then((claim) => after(claim.status === 'won', secure, claim))
    },
    renew(key, { nonce, leaseMs, retentionMs, signal }) {
      const args = [wordOf(nonce), whole(leaseMs), whole(Math.max(leaseMs, retentionMs))]
      return run(RENEW, key, args, readFlag, signal)
    },
    finish(key, { nonce, to, progress, result, retentionMs, signal }) {
      const args = [wordOf(nonce), to, whole(retentionMs)]
      if (to === 'free' || result !== undefined) args.push(progress)
      if (result !== undefined) args.push(result)
      const finished = run(FINISH, key, args, readFinish, signal)
      return secure === undefined ? finished : finished.then((answer) => after(answer !== 'lost', secure, answer))
    },
    reset: (key) => run(RESET, key, [], readFlag),
  }
}

async function after<T>(written: boolean, secure: () => Promise<void>, answer: T): Promise<T> {
  if (written) await secure()
  return answer
}

/** What PEXPIRE takes; `Infinity` becomes 285 000 years. */
function whole(ms: number): string {
  return String(Math.min(Math.ceil(ms), Number.MAX_SAFE_INTEGER))
}

function won(fence: number, tag: string): ClaimResult {
  return { status: 'won', fence, attempt: 1, progress: '', result: undefined, tag }
}

function readClaim(reply: unknown, tag: string): ClaimResult {
  if (!Array.isArray(reply)) return won(countOf(reply), tag)
  const [status, ...rest] = reply as unknown[] // an array of whatever the client makes of texts and numbers
  switch (String(status)) {
    case 'busy':
      return { status: 'busy', retryAfterMs: countOf(rest[0]), tag: textOf(rest[1]) }
    case 'won': {
      const [fence, attempt, kept, progress, result] = rest
      return {
        status: 'won',
        fence: countOf(fence),
        attempt: countOf(attempt),
        progress: textOf(progress),
        result: optionalText(result),
        tag: textOf(kept),
      }
    }
    case 'done':
    case 'dead':
      return { status: String(status) as 'done' | 'dead', result: optionalText(rest[1]), tag: textOf(rest[0]) } // by the case
    default:
      throw unreadable()
  }
}

function readFlag(reply: unknown): boolean {
  return countOf(reply) === 1
}

function readFinish(reply: unknown): 'ok' | 'late' | 'lost' {
  const answer = String(reply)
  if (answer === 'ok' || answer === 'late' || answer === 'lost') return answer
  throw unreadable()
}

/** A number, whatever the client makes of it: a number, digits, or their bytes. */
function countOf(reply: unknown): number {
  const count = reply === null || reply === '' ? Number.NaN : Number(reply)
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw unreadable()
}

function textOf(reply: unknown): string {
  const text = String(reply)
  if (text.startsWith('=')) return text.slice(1)
  throw unreadable()
}

function optionalText(reply: unknown): string | undefined {
  return reply === null || reply === undefined ? undefined : textOf(reply)
}

function unreadable(): StoreError {
  return new StoreError('ERR_STORE_CORRUPT', {
    detail: 'the client or the server answered something else than the script does',
  })
}

/** Without what some clients add: the command, whose texts are not the server's. */
function messageOf(error: unknown): string {
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
