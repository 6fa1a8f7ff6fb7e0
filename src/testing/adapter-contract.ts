import { type AdapterCase, type AdapterSubject, Bench, type BenchOptions } from './_adapter-bench.js'
import { connectionCases } from './_adapter-connection-cases.js'
import { deliveryCases } from './_adapter-delivery-cases.js'
import { refusalCases } from './_adapter-refusal-cases.js'
import { replyCases } from './_adapter-reply-cases.js'

export type { AdapterSubject, MountedAdapter } from './_adapter-bench.js'

/** One statement about an adapter. Hand it to the test runner of your choice. */
export interface AdapterContractCase {
  readonly id: string
  readonly title: string
  /** Why it cannot hold for this subject. */
  readonly skip?: string | undefined
  /** Rejects with an AssertionError where the adapter breaks the statement. */
  run(): Promise<void>
}

const cases: readonly AdapterCase[] = [...refusalCases, ...deliveryCases, ...replyCases, ...connectionCases]

/**
 * Everything that an adapter promises, as cases for any test runner: what is refused and with which status, what arrives unchanged, what
 * is answered, and what becomes of the connection. Each case mounts a receiver of its own and talks to it over a raw socket.
 * Throws TypeError for a `skip` that names no case.
 *
 * @example
 * for (const { title, skip, run } of adapterContract({ name: 'mine', start })) it.skipIf(skip)(title, run)
 */
export function adapterContract(subject: AdapterSubject): readonly AdapterContractCase[] {
  const skips = new Map((subject.skip ?? []).map((skip) => [skip.case, skip.reason]))
  for (const id of skips.keys()) {
    if (!cases.some(([known]) => known === id)) throw new TypeError(`adapterContract has no case ${JSON.stringify(id)}`)
  }
  return cases.map(([id, title, check]) => ({
    id,
    title: `${subject.name}: ${title}`,
    skip: skips.get(id),
    async run(): Promise<void> {
      const benches: Bench[] = []
      const start = async (options: BenchOptions = {}): Promise<Bench> => {
        const bench = await Bench.start(subject, options)
        benches.push(bench)
        return bench
      }
      try {
        await check(start)
      } finally {
        for (const bench of benches) await bench.close()
      }
    },
  }))
}
