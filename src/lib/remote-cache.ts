import { errorOf, isWebhookError, type WebhookError } from '../errors.js'

export interface RemoteCacheOptions {
  /** Answers kept, and failures kept; the least recently used goes first. */
  readonly maxEntries: number
  readonly ttlMs: number
  /** How long a failure is not tried again. */
  readonly failureTtlMs: number
  /** Lookups at once; more fail. */
  readonly maxPending: number
}

/** Remembers what was fetched. Senders choose the names, so that everything is bounded and failures never push an answer out. */
export class RemoteCache<T> {
  readonly #options: RemoteCacheOptions
  readonly #load: (name: string, now: number) => Promise<T>
  readonly #answers = new Map<string, { readonly value: T; readonly at: number }>()
  readonly #failures = new Map<string, { readonly error: WebhookError; readonly at: number }>()
  readonly #pending = new Map<string, Promise<T>>()

  constructor(load: (name: string, now: number) => Promise<T>, options: RemoteCacheOptions) {
    this.#load = load
    this.#options = options
  }

  /** The answer, at once where it is known. Throws or rejects with the WebhookError of the lookup. */
  get(name: string, now: number): T | Promise<T> {
    const known = fresh(this.#answers.get(name), now, this.#options.ttlMs)
    if (known !== undefined) {
      touch(this.#answers, name, known, this.#options.maxEntries)
      return known.value
    }
    const failure = fresh(this.#failures.get(name), now, this.#options.failureTtlMs)
    if (failure !== undefined) throw failure.error
    return this.#pending.get(name) ?? this.#fetch(name, now)
  }

  /** When the known answer was fetched. */
  age(name: string, now: number): number {
    const at = this.#answers.get(name)?.at
    return at === undefined ? Number.POSITIVE_INFINITY : Math.abs(now - at)
  }

  /** Fetches again; the old answer stays until the new one is there. */
  renew(name: string, now: number): Promise<T> {
    const failure = fresh(this.#failures.get(name), now, this.#options.failureTtlMs)
    if (failure !== undefined) throw failure.error
    return this.#pending.get(name) ?? this.#fetch(name, now)
  }

  #fetch(name: string, now: number): Promise<T> {
    if (this.#pending.size >= this.#options.maxPending) {
      throw errorOf('ERR_KEY_LOOKUP', { detail: 'too many lookups at once' })
    }
    const { maxEntries } = this.#options
    const pending = this.#load(name, now).then(
      (value) => {
        touch(this.#answers, name, { value, at: now }, maxEntries)
        this.#failures.delete(name)
        return value
      },
      (cause: unknown) => {
        const error = isWebhookError(cause) ? cause : errorOf('ERR_KEY_LOOKUP', { cause })
        touch(this.#failures, name, { error, at: now }, maxEntries)
        throw error
      },
    )
    const settled = pending.finally(() => this.#pending.delete(name))
    this.#pending.set(name, settled)
    return settled
  }
}

function fresh<E extends { readonly at: number }>(entry: E | undefined, now: number, ttlMs: number): E | undefined {
  return entry !== undefined && Math.abs(now - entry.at) <= ttlMs ? entry : undefined
}

/** A Map keeps its order of insertion: the first entry is the least recently used one. */
function touch<E>(map: Map<string, E>, name: string, entry: E, maxEntries: number): void {
  map.delete(name)
  map.set(name, entry)
  if (map.size <= maxEntries) return
  const oldest = map.keys().next()
  if (oldest.done !== true) map.delete(oldest.value)
}
