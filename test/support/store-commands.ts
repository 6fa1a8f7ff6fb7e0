import fc from 'fast-check'
import type { StoreVerbs } from '../../src/testing/store-contract.js'
import type { ClaimResult } from '../../src/types.js'

/** One call, or time that passes. Few keys and nonces, so that they meet. */
export type Command =
  | {
      readonly verb: 'claim'
      readonly key: string
      readonly nonce: string
      readonly rerun: boolean
      readonly lease: number
      readonly tag: string
    }
  | { readonly verb: 'renew'; readonly key: string; readonly nonce: string; readonly lease: number }
  | {
      readonly verb: 'finish'
      readonly key: string
      readonly nonce: string
      readonly to: 'done' | 'free' | 'dead'
      readonly text: string
      readonly result: string | undefined
    }
  | { readonly verb: 'reset'; readonly key: string }
  | { readonly verb: 'advance'; readonly ms: number }

export interface CommandShape {
  readonly leases: readonly number[]
  readonly advances: readonly number[]
}

export function commands({ leases, advances }: CommandShape): fc.Arbitrary<Command[]> {
  const key = fc.constantFrom('k1', 'k2')
  const nonce = fc.constantFrom('a', 'b', 'c')
  const lease = fc.constantFrom(...leases)
  const text = fc.constantFrom('', 'p', 'q,!r')
  return fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          verb: fc.constant('claim' as const),
          key,
          nonce,
          lease,
          tag: text,
          rerun: fc.boolean(),
        }),
      },
      { weight: 1, arbitrary: fc.record({ verb: fc.constant('renew' as const), key, nonce, lease }) },
      {
        weight: 4,
        arbitrary: fc.record({
          verb: fc.constant('finish' as const),
          key,
          nonce,
          to: fc.constantFrom('done' as const, 'free' as const, 'dead' as const),
          text,
          result: fc.option(text, { nil: undefined }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ verb: fc.constant('reset' as const), key }) },
      { weight: 2, arbitrary: fc.record({ verb: fc.constant('advance' as const), ms: fc.constantFrom(...advances) }) },
    ),
    { minLength: 1, maxLength: 40 },
  )
}

const RETENTION = 1_000_000_000

async function answer(
  store: StoreVerbs,
  prefix: string,
  command: Exclude<Command, { verb: 'advance' }>,
): Promise<unknown> {
  const key = prefix + command.key
  if (command.verb === 'reset') return store.reset?.(key)
  const { nonce } = command
  if (command.verb === 'finish') {
    const { to, text: progress, result } = command
    return store.finish(key, {
      nonce,
      to,
      progress,
      retentionMs: RETENTION,
      ...(result === undefined ? {} : { result }),
    })
  }
  const options = { nonce, leaseMs: command.lease, retentionMs: RETENTION }
  if (command.verb === 'renew') return store.renew(key, options)
  return comparable(await store.claim(key, { ...options, tag: command.tag, rerun: command.rerun }))
}

function comparable(claimed: ClaimResult): object {
  if (claimed.status === 'won') {
    const { attempt, progress, result, tag } = claimed
    return { won: attempt, progress, result, tag }
  }
  return claimed.status === 'busy'
    ? { busy: claimed.tag }
    : { status: claimed.status, result: claimed.result, tag: claimed.tag }
}

/** What a store answers to a sequence, without what only its own clock knows. */
export async function replay(
  store: StoreVerbs,
  sequence: readonly Command[],
  options: { readonly prefix: string; readonly advance: (ms: number) => void | Promise<void> },
): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const command of sequence) {
    if (command.verb === 'advance') await options.advance(command.ms)
    else answers.push(await answer(store, options.prefix, command))
  }
  return answers
}
