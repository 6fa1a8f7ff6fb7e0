import { randomId } from '../lib/crypto.js'
import type { Admission, WebhookRequest } from '../types.js'
import { claim } from './claim.js'
import { type Core, leaseLost } from './core.js'
import { type ReceivedEvent, VerifiedDelivery } from './event.js'
import { signedHandshake } from './handshake.js'
import { type IdentifiedEvent, identify } from './identify.js'
import { Lease } from './lease.js'
import type { RequestMessage } from './message.js'
import { refuse, shedding } from './receive.js'
import { combine } from './reply.js'
import { type EventResult, notWon, unavailable } from './result.js'
import { DEADLINE, Run } from './run.js'
import { writeEnding } from './settle.js'
import { authenticate } from './verify.js'

const MAX_EVENTS = 100

/** Verifies and claims; the application does the work. Never throws, never rejects. */
export async function admit(core: Core, request: WebhookRequest): Promise<Admission> {
  core.counters.received++
  try {
    const shed = shedding(core)
    if (shed !== undefined) return { reply: refuse(core, shed) }
    const message = await authenticate(core, request)
    if (typeof message === 'string') return { reply: refuse(core, message) }
    if ('outcome' in message) return { reply: message }
    const handshake = signedHandshake(core, message)
    return handshake === undefined ? await claimAll(core, message) : { reply: handshake }
  } catch (error) {
    return { reply: refuse(core, error) }
  }
}

async function claimAll(core: Core, message: RequestMessage): Promise<Admission> {
  const items = identify(core, message)
  // Nothing to do for the application: a vendor's trial, signed with a key that everybody knows, may hold no event.
  if (items.length === 0) return { reply: combine(core, []) }
  if (items.length > MAX_EVENTS) {
    core.log.perMinute(
      'WARN_BATCH_TOO_LARGE',
      `a guard takes up to ${MAX_EVENTS} events in one request; use receiver.on`,
      { events: items.length },
    )
    return { reply: refuse(core, 'ERR_SHED') }
  }
  for (const item of items) if ('error' in item) return { reply: refuse(core, item.error) }
  // Asked again: many may have been verified at once.
  const shed = shedding(core)
  if (shed !== undefined) return { reply: refuse(core, shed) }
  const run = new Run(core.settings.maxRunMs)
  core.runs.add(run)
  const held = new Held(core, run)
  const finished: EventResult[] = []
  // The others were refused above.
  for (const item of items as readonly IdentifiedEvent[]) {
    const result = await held.take(item)
    if (result === undefined) continue
    if (result.outcome === 'duplicate') finished.push(result)
    else {
      await held.settle(500)
      return { reply: combine(core, [result]) }
    }
  }
  if (held.items.length === 0 && finished.length > 0) {
    held.abandon()
    return { reply: combine(core, finished) }
  }
  held.watch()
  const delivery = new VerifiedDelivery(
    core.provider,
    message,
    undefined,
    held.items.map(({ event }) => event),
  )
  return { delivery, settle: (status) => held.settle(status), abandon: () => held.abandon() }
}

/** The claims of one guarded request. */
class Held {
  readonly items: IdentifiedEvent[] = []
  readonly #claims: { readonly event: ReceivedEvent; readonly lease: Lease }[] = []
  readonly #core: Core
  readonly #run: Run
  #ended = false

  constructor(core: Core, run: Run) {
    this.#core = core
    this.#run = run
  }

  /** Undefined: claimed, or running without a record by choice. */
  async take(item: IdentifiedEvent): Promise<EventResult | undefined> {
    const { settings } = this.#core
    const { key } = item
    if (settings.store === undefined || key === undefined) {
      this.items.push(item)
      return undefined
    }
    const nonce = randomId()
    const askedAt = performance.now()
    const result = await claim(this.#core, item, key, nonce, this.#run)
    if (result === undefined && !settings.processWithoutStore) return unavailable(item.event.id)
    if (result !== undefined && result.status !== 'won') return notWon(this.#core, item, result)
    this.items.push(item)
    if (result !== undefined) {
      const { event } = item
      const lease = new Lease(this.#core, key, nonce, askedAt, () => leaseLost(this.#core, event))
      lease.keep()
      this.#claims.push({ event, lease })
    }
    return undefined
  }

  /** At maxRunMs the leases are renewed no more; a late settlement still counts. */
  watch(): void {
    void this.#run.deadline.then((reached) => {
      if (reached === DEADLINE) this.#release()
    })
  }

  async settle(status: number): Promise<void> {
    if (this.#ended) return
    this.abandon()
    const to = status >= 200 && status < 300 ? 'done' : 'free'
    this.#core.counters[to === 'done' ? 'handled' : 'failed'] += this.items.length
    const { retentionMs } = this.#core.settings
    const writing = this.#claims.map(async ({ event, lease }) => {
      const { key, nonce } = lease
      const written = await writeEnding(this.#core, event, key, { nonce, to, progress: '', retentionMs })
      if (written === 'lost' && !lease.lost) leaseLost(this.#core, event)
    })
    await Promise.all(writing) // a guard may have to answer after it: a store that hangs costs one time limit
  }

  abandon(): void {
    this.#ended = true
    this.#release()
    this.#run.end()
    this.#core.runs.delete(this.#run)
  }

  #release(): void {
    for (const { lease } of this.#claims) lease.release()
  }
}
