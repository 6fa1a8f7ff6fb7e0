import { checkOptions, invalidOption, numberOption } from '../lib/options.js'
import type { ClaimOptions, ClaimResult, FinishOptions, Notice, RenewOptions, Store } from '../types.js'
import { steadyMs } from './_fence.js'
import { type Eviction, MemoryRecords, type Running } from './_memory-records.js'
import { fingerprint, NOBODY } from './_settled.js'

export type { Eviction } from './_memory-records.js'

export interface MemoryStoreOptions {
  /**
   * Records held at most. Beyond it the oldest finished one goes, then the oldest free one, never a running one. Each takes some 80
   * bytes with its key, plus tag, progress and stored reply where there are any. @default 100 000
   */
  readonly maxRecords?: number | undefined
  /** Called for each record that had to go. @default one warning for the process */
  readonly onEvict?: ((evicted: Eviction) => void) | undefined
  /** A clock in ms that never steps back. @default the process's monotonic clock */
  readonly now?: (() => number) | undefined
}

export interface MemoryStore extends Store {
  claim(key: string, options: ClaimOptions): ClaimResult
  renew(key: string, options: RenewOptions): boolean
  finish(key: string, options: FinishOptions): 'ok' | 'late' | 'lost'
  reset(key: string): boolean
  check(): readonly string[]
  /** What the log should say once. */
  readonly warnings: readonly Notice[]
  /** Records that had to go so far. */
  readonly evictions: number
  /** Records held. */
  readonly size: number
}

/**
 * Claims in this process's memory: bounded, without timers, gone at a restart. For tests, and for one process whose effects may be
 * repeated after a restart.
 * @param options.maxRecords records held at most. @default 100 000
 * @param options.onEvict called for each record that had to go. @default one warning for the process
 * @param options.now a clock in ms that never steps back. @default the process's monotonic clock
 * @throws ConfigError ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN; its verbs: StoreError ERR_STORE_FULL where every record is running
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const { maxRecords, onEvict, now } = resolve(options)
  const records = new MemoryRecords(maxRecords, onEvict)
  let lastFence = 0

  return {
    name: 'memory',
    get warnings() {
      return warningsOf(records.evictions)
    },
    get evictions() {
      return records.evictions
    },
    get size() {
      return records.size
    },
    claim(key, claim) {
      const time = now()
      const owner = records.running(key, time)
      if (owner?.nonce === claim.nonce) {
        prolong(owner, claim, time)
        return won(owner)
      }
      if (owner !== undefined && owner.leaseEnd > time) {
        return { status: 'busy', retryAfterMs: Math.ceil(owner.leaseEnd - time), tag: owner.tag }
      }
      const settled = owner === undefined ? records.settled(key, time) : undefined
      const final = settled !== undefined && settled.state !== 'free' ? settled.state : undefined
      if (final !== undefined && claim.rerun !== true) {
        return { status: final, result: settled?.result, tag: settled?.tag ?? '' }
      }
      const before = owner ?? settled
      if (before === undefined) records.makeRoom(time)
      else records.remove(key)
      lastFence = Math.max(lastFence + 1, Math.floor(time * 1000))
      const next: Running = {
        nonce: claim.nonce,
        fence: lastFence,
        attempt: (before?.attempt ?? 0) + 1,
        tag: before?.tag ?? claim.tag,
        progress: before?.progress ?? '',
        result: final === undefined ? before?.result : undefined,
        leaseEnd: time + claim.leaseMs,
        expires: time + Math.max(claim.leaseMs, claim.retentionMs),
      }
      records.run(key, next)
      return won(next)
    },
    renew(key, renewal) {
      const time = now()
      const owner = records.running(key, time)
      if (owner?.nonce !== renewal.nonce) return false
      prolong(owner, renewal, time)
      return true
    },
    finish(key, { nonce, to, progress, result, retentionMs }) {
      const time = now()
      const owner = records.running(key, time)
      if (owner !== undefined && owner.nonce !== nonce) return 'lost'
      const settled = owner === undefined ? records.settled(key, time) : undefined
      const by = fingerprint(nonce)
      if (settled?.state === to && settled.by === by) return 'ok'
      if (owner === undefined && (to !== 'done' || (settled?.state ?? 'free') !== 'free')) return 'lost'
      const before = owner ?? settled
      if (before === undefined) records.makeRoom(time)
      else records.remove(key)
      records.settle(key, {
        state: to,
        attempt: before?.attempt ?? 1,
        expires: time + retentionMs,
        by,
        tag: before?.tag ?? '',
        progress: to === 'free' ? progress : '',
        result,
      })
      return owner === undefined ? 'late' : 'ok'
    },
    reset(key) {
      const time = now()
      const settled = records.running(key, time) === undefined ? records.settled(key, time) : undefined
      if (settled === undefined || settled.state === 'free') return false
      records.remove(key)
      records.settle(key, { ...settled, state: 'free', by: NOBODY, progress: '', result: undefined })
      return true
    },
    check: () => warningsOf(records.evictions).map(({ message }) => message),
  }
}

function prolong(owner: Running, { leaseMs, retentionMs }: RenewOptions, time: number): void {
  owner.leaseEnd = time + leaseMs
  owner.expires = time + Math.max(leaseMs, retentionMs)
}

interface Resolved {
  readonly maxRecords: number
  readonly onEvict: (evicted: Eviction) => void
  readonly now: () => number
}

function resolve(options: MemoryStoreOptions): Resolved {
  const where = 'memoryStore'
  const given = checkOptions(options, ['maxRecords', 'onEvict', 'now'], where)
  const maxRecords = numberOption(given.maxRecords, 100_000, { where, name: 'maxRecords', min: 1 })
  for (const name of ['onEvict', 'now'] as const) {
    if (given[name] !== undefined && typeof given[name] !== 'function') throw invalidOption(where, name, 'a function')
  }
  return { maxRecords, onEvict: given.onEvict ?? warnOnce, now: given.now ?? steadyMs }
}

function won({ fence, attempt, progress, result, tag }: Running): ClaimResult {
  return { status: 'won', fence, attempt, progress, result, tag }
}

const volatile =
  'the memory store is per process and forgets everything at a restart: use another store where several processes receive, or a repeated effect costs something'
const evicted =
  'the memory store was full and dropped records before their retention was over: raise maxRecords, or use another store'

function warnOnce({ evictions }: Eviction): void {
  if (evictions === 1 && typeof process !== 'undefined') {
    process.emitWarning(evicted, { type: 'HookproofWarning', code: 'WARN_STORE_EVICTED' })
  }
}

function warningsOf(evictions: number): readonly Notice[] {
  const warnings: Notice[] = []
  if (typeof process !== 'undefined' && process.env.NODE_ENV === 'production') {
    warnings.push({ code: 'WARN_STORE_VOLATILE', message: volatile })
  }
  if (evictions > 0) warnings.push({ code: 'WARN_STORE_EVICTED', message: evicted })
  return warnings
}
