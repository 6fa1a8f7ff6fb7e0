import type { Core } from './core.js'
import { askStore } from './store.js'

/** A claim that is held: renewed at a third of the lease while handlers run. */
export class Lease {
  readonly key: string
  readonly nonce: string
  lost = false
  readonly #core: Core
  readonly #onLost: () => void
  #released = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #held: number

  /** `askedAt`: when the store was asked for it, by `performance.now()`; it cannot have begun before. */
  constructor(core: Core, key: string, nonce: string, askedAt: number, onLost: () => void) {
    this.#core = core
    this.key = key
    this.nonce = nonce
    this.#onLost = onLost
    this.#held = askedAt + core.settings.leaseMs
  }

  /** How long the claim holds without another renewal, in ms. */
  get leftMs(): number {
    return Math.max(0, this.#held - performance.now())
  }
  /** Begins to renew; handlers that are done by then never need it. */
  keep(): void {
    const { leaseMs } = this.#core.settings
    // One tenth early: the work stops before the store lets others in.
    const delay = Math.min(leaseMs / 3, this.leftMs - leaseMs / 10)
    if (delay <= 0) this.#lose()
    else this.#timer = setTimeout(() => void this.#renew(), delay)
  }
  /** Renews no more: settled, lost, or left to lapse. */
  release(): void {
    this.#released = true
    clearTimeout(this.#timer)
  }

  async #renew(): Promise<void> {
    const { store, leaseMs, retentionMs, storeTimeoutMs } = this.#core.settings
    const asked = performance.now()
    const patience = Math.max(1, Math.min(storeTimeoutMs, this.leftMs - leaseMs / 10))
    try {
      const options = { nonce: this.nonce, leaseMs, retentionMs }
      const mine = await askStore(() => store?.renew(this.key, options) ?? false, patience)
      if (this.#released) return
      if (!mine) return this.#lose()
      this.#held = asked + leaseMs
    } catch (error) {
      this.#core.log.perMinute('WARN_RENEW_FAILED', 'a lease could not be renewed', { error })
    }
    if (!this.#released) this.keep()
  }

  #lose(): void {
    if (this.lost) return
    this.lost = true
    this.release()
    this.#onLost()
  }
}
