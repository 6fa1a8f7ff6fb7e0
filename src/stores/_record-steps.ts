import type { ClaimOptions, ClaimResult, FinishOptions, RenewOptions } from '../types.js'

/** The record of an event, as stores keep it whose own language cannot express the verbs. Times are ms since the epoch. */
export interface EventRecord {
  readonly state: 'busy' | 'free' | 'done' | 'dead'
  /** Of the owner, or of the one who settled it. */
  readonly nonce: string
  readonly fence: number
  readonly leaseUntil: number
  readonly attempt: number
  readonly tag: string
  readonly progress?: string | undefined
  readonly result?: string | undefined
  readonly expires: number
}

/** What a verb answers, and what it writes, if anything. `undefined` removes a field, what is not named stays. */
export interface Step<Answer> {
  readonly answer: Answer
  readonly write?: Partial<EventRecord> | undefined
}

/** `Infinity` as a time that every store can write. */
function later(now: number, ms: number): number {
  return Math.min(Math.ceil(now + ms), Number.MAX_SAFE_INTEGER)
}

/** Frozen at the claim, so that a fence rises even after its record was forgotten. */
function nextFence(record: EventRecord | undefined, now: number): number {
  return Math.max((record?.fence ?? 0) + 1, Math.floor(now * 1000))
}

function lease(now: number, { leaseMs, retentionMs }: RenewOptions): Pick<EventRecord, 'leaseUntil' | 'expires'> {
  return { leaseUntil: later(now, leaseMs), expires: later(now, Math.max(leaseMs, retentionMs)) }
}

export function claimStep(record: EventRecord | undefined, options: ClaimOptions, now: number): Step<ClaimResult> {
  const { nonce, rerun } = options
  const mine = record?.state === 'busy' && record.nonce === nonce
  const tag = record?.tag ?? options.tag
  if (record?.state === 'busy' && !mine && record.leaseUntil > now) {
    return { answer: { status: 'busy', retryAfterMs: Math.ceil(record.leaseUntil - now), tag } }
  }
  const final = record?.state === 'done' || record?.state === 'dead'
  if (final && rerun !== true) return { answer: { status: record.state, result: record.result, tag } }
  const fence = mine ? record.fence : nextFence(record, now)
  const attempt = mine ? record.attempt : (record?.attempt ?? 0) + 1
  const progress = final ? undefined : record?.progress
  const result = final ? undefined : record?.result
  return {
    answer: { status: 'won', fence, attempt, progress: progress ?? '', result, tag },
    write: mine
      ? lease(now, options)
      : { state: 'busy', nonce, fence, attempt, tag, progress, result, ...lease(now, options) },
  }
}

export function renewStep(record: EventRecord | undefined, options: RenewOptions, now: number): Step<boolean> {
  if (record?.state !== 'busy' || record.nonce !== options.nonce) return { answer: false }
  return { answer: true, write: lease(now, options) }
}

export function finishStep(
  record: EventRecord | undefined,
  { nonce, to, progress, result, retentionMs }: FinishOptions,
  now: number,
): Step<'ok' | 'late' | 'lost'> {
  if (record?.state === to && record.nonce === nonce) return { answer: 'ok' }
  const settled = {
    state: to,
    progress: to === 'free' ? progress : undefined,
    result,
    expires: later(now, retentionMs),
  }
  if (record?.state === 'busy' && record.nonce === nonce) return { answer: 'ok', write: settled }
  if (to !== 'done' || (record !== undefined && record.state !== 'free')) return { answer: 'lost' }
  const { attempt = 1, tag = '' } = record ?? {}
  return {
    answer: 'late',
    write: { ...settled, nonce, attempt, tag, fence: nextFence(record, now), leaseUntil: Math.floor(now) },
  }
}

export function resetStep(record: EventRecord | undefined): Step<boolean> {
  if (record?.state !== 'done' && record?.state !== 'dead') return { answer: false }
  return { answer: true, write: { state: 'free', nonce: '', progress: undefined, result: undefined } }
}
