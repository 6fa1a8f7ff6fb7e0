/** Collects what is asked in one turn of the event loop, and while earlier batches are under way, and sends it together. */
export interface Batcher<T, R> {
  /** Undefined where an entry of the same key waits already, as two of a kind cannot be in one batch. */
  add(entry: T): Promise<R> | undefined
}

interface Limits {
  /** The most entries of a batch. */
  readonly size: number
  /** So many batches leave in one turn of the event loop, and others in the next. @default no limit */
  readonly perTurn?: number
  /** While so many batches are under way, what comes waits for one of them to end. @default no limit */
  readonly parallel?: number
  /** After so long it goes all the same: a batch that hangs holds up nobody else. */
  readonly patienceMs?: number
}

interface Waiting<T, R> {
  readonly entry: T
  readonly resolve: (answer: R | PromiseLike<R>) => void
  readonly reject: (error: unknown) => void
}

/** Taken here, so that a test that has replaced the timers still gets its answers. */
const [atEndOfTurn, after, forget] = [setImmediate, setTimeout, clearTimeout]

export function createBatcher<T extends { readonly key: string }, R>(
  send: (entries: readonly T[]) => Promise<(entry: T) => R | PromiseLike<R>>,
  { size, perTurn = Number.POSITIVE_INFINITY, parallel = Number.POSITIVE_INFINITY, patienceMs }: Limits,
): Batcher<T, R> {
  const waiting = new Map<string, Waiting<T, R>>()
  let underWay = 0
  /** Full ones, which have not waited for the end of this turn. */
  let early = 0
  let scheduled = false
  let impatient: ReturnType<typeof setTimeout> | undefined

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    atEndOfTurn(() => {
      scheduled = false
      early = 0
      flush()
    })
  }
  const flush = (): void => {
    for (let left = perTurn; left > 0 && waiting.size > 0 && underWay < parallel; left--) depart()
    if (waiting.size === 0) stopWaiting()
    else if (underWay < parallel) schedule()
    else impatient ??= after(goAnyway, patienceMs)
  }
  const stopWaiting = (): void => {
    forget(impatient)
    impatient = undefined
  }
  const goAnyway = (): void => {
    stopWaiting()
    depart()
    flush()
  }
  const depart = (): void => {
    const batch: Waiting<T, R>[] = []
    for (const [key, one] of waiting) {
      if (batch.length === size) break
      batch.push(one)
      waiting.delete(key)
    }
    underWay++
    void deliver(batch)
  }
  const deliver = async (batch: readonly Waiting<T, R>[]): Promise<void> => {
    try {
      const answer = await send(batch.map(({ entry }) => entry))
      for (const { entry, resolve } of batch) resolve(answer(entry))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      underWay--
      // Not at once: those who just got their answers may ask again in this turn.
      if (waiting.size > 0) schedule()
    }
  }
  return {
    add(entry) {
      if (waiting.has(entry.key)) return undefined
      const answer = new Promise<R>((resolve, reject) => waiting.set(entry.key, { entry, resolve, reject }))
      if (waiting.size >= size && underWay < parallel && early < perTurn) {
        early++
        depart()
      }
      schedule()
      return answer
    },
  }
}
