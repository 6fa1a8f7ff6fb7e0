import type { ClaimResult, FinishOptions, Store } from '../../src/types.js'
import { claim, done } from './store-calls.js'

export interface Finished {
  readonly answers: readonly ('ok' | 'late' | 'lost')[]
  /** Without what depends on the clock. */
  readonly after: readonly ClaimResult[]
}

/** Finishes of every kind, asked in one turn of the event loop, and what claims find after them. The store is empty before. */
export async function finishInOneTurn(store: Store, result: string): Promise<Finished> {
  const owned = ['mine', 'result', 'progress', 'free', 'other', 'said']
  await Promise.all(owned.map((key) => store.claim(key, claim('a'))))
  await store.finish('free', done('a', { to: 'free' }))
  await store.finish('said', done('a'))
  const asked: readonly [string, FinishOptions][] = [
    ['mine', done('a')],
    ['result', done('a', { result })],
    ['progress', done('a', { to: 'free', progress: 'p q' })],
    ['free', done('b')],
    ['other', done('b')],
    ['said', done('a')],
    ['absent', done('a')],
  ]
  const answers = await Promise.all(asked.map(([key, options]) => store.finish(key, options)))
  const after = await Promise.all(asked.map(([key]) => store.claim(key, claim('z'))))
  return { answers, after: after.map((answer) => ({ ...answer, fence: 0, retryAfterMs: 0 })) }
}

/** The answers to them, in the order in which they were asked. */
export const FINISHED = ['ok', 'ok', 'ok', 'late', 'lost', 'ok', 'late'] as const
