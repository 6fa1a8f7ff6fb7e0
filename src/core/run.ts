/** One request's handlers at work: its deadline and its abort signal, both made when first needed. */
export class Run {
  /** The first StoreError of a request: nothing more is asked of the store. */
  storeDown = false
  /** Handlers that still run when the answer is given; they settle by themselves. */
  work: Promise<unknown> | undefined
  readonly #begun: number
  readonly #until: number
  #controller: AbortController | undefined
  #deadline: Promise<typeof DEADLINE> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #reach: (() => void) | undefined
  #over = false

  constructor(maxRunMs: number) {
    this.#begun = performance.now()
    this.#until = this.#begun + maxRunMs
  }

  get elapsedMs(): number {
    return performance.now() - this.#begun
  }
  /** Past maxRunMs, or closed: nothing new is claimed. */
  get over(): boolean {
    return this.#over || performance.now() >= this.#until
  }
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#over) this.#controller.abort()
    return this.#controller.signal
  }
  /** Resolves at maxRunMs or on stop(). */
  get deadline(): Promise<typeof DEADLINE> {
    this.#deadline ??= new Promise((resolve) => {
      this.#reach = () => resolve(DEADLINE)
      if (this.#over) this.#reach()
      else this.#timer = setTimeout(() => this.stop(), Math.max(0, this.#until - performance.now()))
    })
    return this.#deadline
  }
  /** Aborts the handlers; they may still settle by themselves. */
  stop(): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#controller?.abort()
    this.#reach?.()
  }
  /** The handlers have settled: the timer goes. */
  end(): void {
    clearTimeout(this.#timer)
  }
}

export const DEADLINE: unique symbol = Symbol('deadline')
