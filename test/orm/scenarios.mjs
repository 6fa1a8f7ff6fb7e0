// Each runs against an example that has just been started on empty tables. Throws what it finds wrong.
import { deepStrictEqual, match } from 'node:assert'
import { AMOUNT, payment } from './judge.mjs'

const NONE = { rows: 0, paid: 0, done: 0 }
const ONCE = { rows: 1, paid: AMOUNT, done: 1 }

export async function deliversOnce(url, judge) {
  const deliver = payment(url)
  deepStrictEqual(await deliver(), '200')
  deepStrictEqual(await judge.found(), ONCE)
  deepStrictEqual(await deliver(), '200 duplicate')
  deepStrictEqual(await judge.found(), ONCE)
}

/** The handler finds out only after its insert that the customer is missing. */
export async function throwsAfterItsInsert(url, judge) {
  const deliver = payment(url, 'cus_2')
  deepStrictEqual(await deliver(), '500')
  deepStrictEqual(await judge.found(), NONE)
  await judge.run("INSERT INTO customers VALUES ('cus_2', 0)")
  deepStrictEqual(await deliver(), '200')
  deepStrictEqual(await judge.found(), ONCE)
}

export async function twentyCopiesAtOnce(url, judge) {
  const deliver = payment(url)
  const answers = await Promise.all(Array.from({ length: 20 }, deliver))
  deepStrictEqual(answers.filter((answer) => answer === '200').length, 1)
  deepStrictEqual(
    [...new Set(answers)].filter((answer) => !['200', '200 duplicate', '503'].includes(answer)),
    [],
  )
  deepStrictEqual(await judge.found(), ONCE)
  deepStrictEqual(await deliver(), '200 duplicate')
  deepStrictEqual(await judge.found(), ONCE)
}

/**
 * A lock of the judge's holds the handler between its two writes; there its backend is terminated. The answer is 500, not 503:
 * the handler's own statement fails and the handler passes that on, so for the receiver it is a handler that threw.
 */
export async function backendTerminatedMidHandler(url, judge) {
  const deliver = payment(url)
  await judge.lockCustomers()
  const first = deliver()
  const terminated = await untilTerminated(judge)
  const answer = await first
  await judge.unlock()
  match(terminated, /^update "?customers"? /i)
  deepStrictEqual(answer, '500')
  deepStrictEqual(await judge.found(), NONE)
  deepStrictEqual(await deliver(), '200')
  deepStrictEqual(await judge.found(), ONCE)
}

async function untilTerminated(judge) {
  const until = performance.now() + 10_000
  while (performance.now() < until) {
    const { rows } = await judge.run(`SELECT query, pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()`)
    if (rows.length > 0) return rows[0].query
  }
  throw new Error('the handler never waited for the lock')
}
