import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MaybePromise } from '../types.js'
import { claimCases } from './_store-claim-cases.js'
import { dataCases } from './_store-data-cases.js'
import { expiryCases } from './_store-expiry-cases.js'
import { finishCases } from './_store-finish-cases.js'
import { raceCases } from './_store-race-cases.js'
import { StoreRecord, type StoreVerbs } from './_store-record.js'

export type { StoreVerbs } from './_store-record.js'

/** One statement about a store. Hand it to the test runner of your choice: `it(title, run)`. */
export interface ContractCase {
  readonly title: string
  /** Rejects with an AssertionError where the store breaks the statement. */
  run(): Promise<void>
}

export interface StoreContractOptions {
  /** Lets `ms` pass by the store's own clock, for stores with a clock that tests can set. @default waits in real time */
  readonly advance?: ((ms: number) => MaybePromise<void>) | undefined
  /** Called after each case with the store that `make` returned for it. */
  readonly dispose?: ((store: StoreVerbs) => MaybePromise<void>) | undefined
}

/**
 * Everything that an idempotency store promises, as cases for any test runner: each transition of claim, renew, finish and reset,
 * data that must survive unchanged, and races. `make` is called once a case; it may return one store every time, because every case
 * uses keys of its own. In real time the leases in it last 60 ms.
 *
 * @example
 * for (const { title, run } of storeContract(() => myStore(client))) it(title, run)
 */
export function storeContract(
  make: () => MaybePromise<StoreVerbs>,
  options: StoreContractOptions = {},
): readonly ContractCase[] {
  const advance = options.advance ?? ((ms: number) => sleep(ms))
  return [...claimCases, ...finishCases, ...expiryCases, ...dataCases, ...raceCases].map(([title, check]) => ({
    title,
    run: async (): Promise<void> => {
      const store = await make()
      const record = (key?: string): StoreRecord => new StoreRecord(store, key ?? `contract:${randomUUID()}`, advance)
      try {
        await check(record(), record)
      } finally {
        await options.dispose?.(store)
      }
    },
  }))
}
