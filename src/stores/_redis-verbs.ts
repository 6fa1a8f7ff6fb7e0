import type { ClaimOptions, ClaimResult, FinishOptions, RenewOptions } from '../types.js'
import { microseconds } from './_fence.js'
import { ALONE, type Exception, redisBatch } from './_redis-batch.js'
import { oneServer } from './_redis-one-server.js'
import { finishedOf, firstRecord, textsOf, wordOf } from './_redis-record.js'
import { readClaim, readFinish, readFlag, won } from './_redis-replies.js'
import { messageOf, type RedisTransport, runScript, storeError } from './_redis-run.js'
import { CLAIM, CLAIM_FRESH, FINISH, RENEW, RESET, type RedisScript } from './_redis-scripts.js'

export interface RedisVerbs {
  claim(key: string, options: ClaimOptions): Promise<ClaimResult>
  renew(key: string, options: RenewOptions): Promise<boolean>
  finish(key: string, options: FinishOptions): Promise<'ok' | 'late' | 'lost'>
  reset(key: string): Promise<boolean>
}

/**
 * The verbs over any transport, one script and one round trip each. Where there is SET NX GET, it is asked first: it claims a new event
 * and tells of a finished one; what is running, free or lapsed is for the script, in a second round trip. `batch`: claims and finishes of
 * one turn of the event loop are one command.
 */
export function redisVerbs(transport: RedisTransport, prefix: string, batch = false): RedisVerbs {
  const run = <T>(
    script: RedisScript,
    key: string,
    args: readonly string[],
    read: (reply: unknown) => T,
    signal?: AbortSignal,
  ): Promise<T> => runScript(transport, script, [prefix + key], args, read, signal)
  const secure = transport.secured?.bind(transport)
  let setIfAbsent = transport.setIfAbsent?.bind(transport)
  const isOneServer = oneServer(transport, prefix)
  const claims = batch ? redisBatch(transport, CLAIM_FRESH, isOneServer) : undefined
  const finishes = batch ? redisBatch(transport, FINISH, isOneServer) : undefined

  function claimByScript(key: string, { nonce, leaseMs, retentionMs, tag, rerun, signal }: ClaimOptions) {
    const args = [wordOf(nonce), whole(leaseMs), whole(Math.max(leaseMs, retentionMs)), textsOf(tag)]
    if (rerun === true) args.push('1')
    return run(CLAIM, key, args, (reply) => readClaim(reply, tag), signal)
  }

  function claimAtOnce(key: string, options: ClaimOptions, set: NonNullable<typeof setIfAbsent>): Promise<ClaimResult> {
    const { nonce, leaseMs, retentionMs, tag, rerun } = options
    const life = whole(Math.max(leaseMs, retentionMs))
    const fence = microseconds()
    const record = firstRecord(wordOf(nonce), fence, whole(leaseMs), life, textsOf(tag))
    const judge = (standing: unknown): ClaimResult | Promise<ClaimResult> => {
      if (standing === null || standing === undefined) return won(fence, tag)
      return (rerun === true ? undefined : finishedOf(standing)) ?? claimByScript(key, options)
    }
    const alone = (): Promise<ClaimResult> =>
      set(prefix + key, record, life).then(judge, (error: unknown) => {
        if (!messageOf(error).includes('syntax error')) throw storeError(error)
        setIfAbsent = undefined // before Redis 7 SET takes either NX or GET
        return claimByScript(key, options)
      })
    return orAlone(claims?.({ key: prefix + key, args: [record, life] }), judge, alone)
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
      const kept = result === undefined ? '' : `=${result}`
      const args = [wordOf(nonce), to, whole(retentionMs), to === 'free' ? progress : '', kept]
      const finished = orAlone(
        finishes?.({ key: prefix + key, args }),
        (answer) => readFinish(answer ?? 'ok'),
        () => run(FINISH, key, args, readFinish, signal),
      )
      return secure === undefined ? finished : finished.then((answer) => after(answer !== 'lost', secure, answer))
    },
    reset: (key) => run(RESET, key, [], readFlag),
  }
}

/** What was asked with others, and alone where that could not be. */
function orAlone<T>(
  asked: Promise<Exception> | undefined,
  read: (exception: string | undefined) => T | Promise<T>,
  alone: () => Promise<T>,
): Promise<T> {
  if (asked === undefined) return alone()
  return asked.then((exception) => (exception === ALONE ? alone() : read(exception)))
}

async function after<T>(written: boolean, secure: () => Promise<void>, answer: T): Promise<T> {
  if (written) await secure()
  return answer
}

/** What PEXPIRE takes; `Infinity` becomes 285 000 years. */
function whole(ms: number): string {
  return String(Math.min(Math.ceil(ms), Number.MAX_SAFE_INTEGER))
}
