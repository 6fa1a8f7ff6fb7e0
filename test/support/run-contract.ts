import { describe, it } from 'vitest'
import { type AdapterSubject, adapterContract } from '../../src/testing/adapter-contract.js'

/** Registers every case of the contract; a skipped one shows its reason. */
export function runContract(subject: AdapterSubject): void {
  describe(`adapter contract: ${subject.name}`, () => {
    for (const { title, skip, run } of adapterContract(subject)) {
      it(title, async (context) => {
        if (skip !== undefined) context.skip(skip)
        await run()
      })
    }
  })
}
