import type { ClaimOptions, ClaimResult, FinishOptions, MaybePromise, RenewOptions } from '../../src/types.js'

/** Ways to break a store, each of which the contract must notice. */
export type Fault =
  | 'claim ignores the lease'
  | 'claim never takes a lease over'
  | 'claim forgets the nonce'
  | 'claim is a get and a set'
  | 'claim keeps the fence'
  | 'claim counts no attempts'
  | 'claim takes the newest tag'
  | 'claim drops progress on a takeover'
  | 'claim drops progress of a free record'
  | 'rerun is ignored'
  | 'rerun breaks a live lease'
  | 'rerun keeps progress'
  | 'rerun starts counting again'
  | 'busy tells no tag'
  | 'renew ignores the nonce'
  | 'renew refuses a lapsed lease'
  | 'renew does not prolong'
  | 'renew keeps the old retention'
  | 'finish ignores the nonce'
  | 'finish refuses a lapsed lease'
  | 'finish refuses a repetition'
  | 'finish overwrites final states'
  | 'finish keeps the old retention'
  | 'finish keeps an old result'
  | 'finish records free late'
  | 'late is lost'
  | 'late forgets the result'
  | 'records never expire'
  | 'busy records expire'
  | 'busy records never expire'
  | 'renew brings expired records back'
  | 'finish brings expired records back'
  | 'reset frees busy records'
  | 'reset keeps progress'
  | 'reset forgets the attempt'
  | 'keys ignore case'
  | 'keys ignore trailing blanks'
  | 'tags end at a NUL'
  | 'results end at 4 KiB'
  | 'numbers are parsed'

interface Row {
  state: 'busy' | 'free' | 'done' | 'dead'
  nonce: string
  fence: number
  attempt: number
  leaseEnd: number
  expires: number
  tag: string
  progress: string
  result: string | undefined
}

/** The contract in its plainest form, for comparison; every fault is one broken line. */
export class ReferenceStore {
  readonly name = 'reference'
  readonly #rows = new Map<string, Row>()
  readonly #now: () => number
  readonly #fault: Fault | undefined
  #fence = 0

  constructor(now: () => number, fault?: Fault) {
    this.#now = now
    this.#fault = fault
  }

  claim(given: string, options: ClaimOptions): MaybePromise<ClaimResult> {
    const key = this.#keyOf(given)
    const row = this.#row(key)
    if (this.#fault !== 'claim is a get and a set') return this.#claim(key, row, options)
    return Promise.resolve().then(() => this.#claim(key, row, options))
  }

  #claim(key: string, row: Row | undefined, options: ClaimOptions): ClaimResult {
    const is = (fault: Fault): boolean => this.#fault === fault
    const mine = row?.state === 'busy' && row.nonce === options.nonce && !is('claim forgets the nonce')
    const rerun = options.rerun === true && !is('rerun is ignored')
    if (row !== undefined && !mine) {
      const final = row.state === 'done' || row.state === 'dead'
      if (final && !rerun) return { status: row.state as 'done', ...this.#resultOf(row), tag: row.tag }
      const live = row.leaseEnd > this.#now() || is('claim never takes a lease over')
      const broken = is('claim ignores the lease') || (is('rerun breaks a live lease') && rerun)
      if (row.state === 'busy' && live && !broken) {
        return { status: 'busy', retryAfterMs: row.leaseEnd - this.#now(), tag: is('busy tells no tag') ? '' : row.tag }
      }
    }
    const clear =
      row === undefined ||
      ((row.state === 'done' || row.state === 'dead') && !is('rerun keeps progress')) ||
      (row.state === 'busy' && !mine && is('claim drops progress on a takeover')) ||
      (row.state === 'free' && is('claim drops progress of a free record'))
    const restart = is('claim counts no attempts') || (rerun && is('rerun starts counting again'))
    const next: Row = {
      state: 'busy',
      nonce: options.nonce,
      fence: mine || is('claim keeps the fence') ? (row?.fence ?? 1) : ++this.#fence,
      attempt: mine ? row.attempt : restart ? 1 : (row?.attempt ?? 0) + 1,
      leaseEnd: this.#now() + options.leaseMs,
      expires: this.#busyExpiry(options),
      tag: row === undefined || is('claim takes the newest tag') ? this.#tagOf(options.tag) : row.tag,
      progress: clear ? '' : row.progress,
      result: clear ? undefined : row.result,
    }
    this.#rows.set(key, next)
    const { fence, attempt, progress, tag } = next
    return { status: 'won', fence, attempt, progress, ...this.#resultOf(next), tag }
  }

  renew(given: string, options: RenewOptions): boolean {
    const row = this.#row(this.#keyOf(given), 'renew brings expired records back')
    if (row?.state !== 'busy') return false
    if (row.nonce !== options.nonce && this.#fault !== 'renew ignores the nonce') return false
    if (row.leaseEnd <= this.#now() && this.#fault === 'renew refuses a lapsed lease') return false
    if (this.#fault !== 'renew does not prolong') row.leaseEnd = this.#now() + options.leaseMs
    if (this.#fault !== 'renew keeps the old retention') row.expires = this.#busyExpiry(options)
    return true
  }

  finish(given: string, options: FinishOptions): 'ok' | 'late' | 'lost' {
    const key = this.#keyOf(given)
    const is = (fault: Fault): boolean => this.#fault === fault
    const row = this.#row(key, 'finish brings expired records back')
    const { to, nonce } = options
    if (row?.state === to && row.nonce === nonce && !is('finish refuses a repetition')) return 'ok'
    const orphan = row === undefined || row.state === 'free'
    const mine =
      (row?.state === 'busy' && (row.nonce === nonce || is('finish ignores the nonce'))) ||
      (!orphan && row.state !== 'busy' && is('finish overwrites final states'))
    const late = orphan && (to === 'done' ? !is('late is lost') : to === 'free' && is('finish records free late'))
    if (!mine && !late) return 'lost'
    if (row !== undefined && row.leaseEnd <= this.#now() && mine && is('finish refuses a lapsed lease')) return 'lost'
    const forget = late && is('late forgets the result')
    this.#rows.set(key, {
      state: to,
      nonce,
      fence: row?.fence ?? 0,
      attempt: row?.attempt ?? 1,
      leaseEnd: 0,
      expires:
        row !== undefined && is('finish keeps the old retention') ? row.expires : this.#now() + options.retentionMs,
      tag: row?.tag ?? '',
      progress: to === 'free' ? options.progress : '',
      result: forget ? undefined : (options.result ?? (is('finish keeps an old result') ? row?.result : undefined)),
    })
    return late ? 'late' : 'ok'
  }

  reset(given: string): boolean {
    const key = this.#keyOf(given)
    const row = this.#row(key)
    if (
      row === undefined ||
      row.state === 'free' ||
      (row.state === 'busy' && this.#fault !== 'reset frees busy records')
    )
      return false
    const attempt = this.#fault === 'reset forgets the attempt' ? 0 : row.attempt
    const cleared = this.#fault === 'reset keeps progress' ? {} : { progress: '', result: undefined }
    this.#rows.set(key, { ...row, state: 'free', nonce: '', attempt, ...cleared })
    return true
  }

  #row(key: string, keeping?: Fault): Row | undefined {
    const row = this.#rows.get(key)
    const faulty =
      this.#fault === 'records never expire' ||
      (row?.state === 'busy' && this.#fault === 'busy records never expire') ||
      (this.#fault !== undefined && this.#fault === keeping)
    return row !== undefined && (row.expires > this.#now() || faulty) ? row : undefined
  }

  #busyExpiry(options: { leaseMs: number; retentionMs: number }): number {
    const lease = this.#fault === 'busy records expire' ? 0 : options.leaseMs
    return this.#now() + Math.max(lease, options.retentionMs)
  }

  #keyOf(key: string): string {
    if (this.#fault === 'keys ignore case') return key.toLowerCase()
    return this.#fault === 'keys ignore trailing blanks' ? key.trimEnd() : key
  }

  #tagOf(tag: string): string {
    if (this.#fault === 'numbers are parsed') return /^\d[\d.]*$/.test(tag) ? String(Number(tag)) : tag
    return this.#fault === 'tags end at a NUL' ? (tag.split('\0')[0] ?? '') : tag
  }

  #resultOf({ result }: Row): { result?: string } {
    if (result === undefined) return {}
    return { result: this.#fault === 'results end at 4 KiB' ? result.slice(0, 4096) : result }
  }
}
