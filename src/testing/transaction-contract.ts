import { randomUUID } from 'node:crypto'
import type { MaybePromise } from '../types.js'
import { endingCases } from './_transaction-ending-cases.js'
import { TransactionRecord, type TransactionSubject } from './_transaction-record.js'
import { runCases } from './_transaction-run-cases.js'
import type { ContractCase } from './store-contract.js'

export type { TransactionSubject } from './_transaction-record.js'

/**
 * Everything that a store in transaction mode promises beyond `storeContract`, as cases for any test runner: claim, effect and done in
 * one commit, one row for both modes, nothing left behind by a handler that fails, hangs or misbehaves.
 *
 * @example
 * for (const { title, run } of transactionContract(() => subject)) it(title, run)
 */
export function transactionContract<Transaction>(
  make: () => MaybePromise<TransactionSubject<Transaction>>,
): readonly ContractCase[] {
  return [...runCases, ...endingCases].map(([title, check]) => ({
    title,
    run: async (): Promise<void> => {
      const subject = await make()
      // The cases never look into a transaction: they only hand it back to the subject.
      const opaque = subject as unknown as TransactionSubject<unknown>
      const record = (): TransactionRecord => new TransactionRecord(opaque, `contract:${randomUUID()}`)
      await check(record(), record)
    },
  }))
}
