/** Collects what is asked in one turn of the event loop, and while earlier batches are under way, and sends it as one. */
export interface Batcher<T, R> {
  /** Undefined where an entry of the same key waits already, as two of a kind cannot be in one statement, or too many wait. */
  add(entry: T): Promise<R> | undefined
}

interface Waiting<T, R> {
  readonly entry: T
  readonly resolve: (answer: R) => void
  readonly reject: (error: unknown) => void
}

/** Taken here, so that a test that has replaced the timers still gets its answers. */
const atEndOfTurn = setImmediate

export function createBatcher<T extends { readonly key: string }, R>(
  send: (entries: readonly T[]) => Promise<(entry: T) => R>,
  { size, parallel }: { readonly size: number; readonly parallel: number },
): Batcher<T, R> {
  let waiting = new Map<string, Waiting<T, R>>()
  let underWay = 0
  let scheduled = false

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    atEndOfTurn(() => {
      scheduled = false
      flush()
    })
  }
  const flush = (): void => {
    if (underWay >= parallel || waiting.size === 0) return
    const batch = [...waiting.values()]
    waiting = new Map()
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
      schedule()
    }
  }
  return {
    add(entry) {
      if (waiting.size >= size) flush()
      if (waiting.has(entry.key) || waiting.size >= size) return undefined
      schedule()
      return new Promise((resolve, reject) => waiting.set(entry.key, { entry, resolve, reject }))
    },
  }
}
