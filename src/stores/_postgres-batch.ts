import { createBatcher } from './_batcher.js'
import { type Deadline, untilAll } from './_patience.js'
import { refused } from './_postgres-errors.js'
import type { BatchStatements, Statement, Statements, Values } from './_sql-statements.js'
import type { Sql } from './_sql-store.js'

/**
 * Four at a time let a few events go without waiting for one another, and many gather meanwhile. More rows in one statement save nothing,
 * and each holds a place in the server's table of locks.
 */
const LIMITS = { size: 100, parallel: 4, patienceMs: 20 }

interface Entry {
  readonly key: string
  readonly values: Values
  readonly deadline: Deadline
}

/**
 * Fresh claims and finishes that come together, written by one statement: one round trip and one commit to disk serve many events. What comes
 * alone, and what the statement for many did not judge, gets the statement for one.
 */
export function batched(run: Sql, alone: Statements, together: BatchStatements): Sql {
  const senders = new Map([
    // A key that was not written stands already.
    [alone.fresh, sender(run, alone.fresh, together.fresh, () => 0)],
    // A row that was not written may have been locked.
    [alone.finish, sender(run, alone.finish, together.finish)],
  ])
  return {
    query: run.query,
    write: (statement, values, deadline) => (senders.get(statement) ?? run.write)(statement, values, deadline),
  }
}

type Written = (entry: Entry) => number | Promise<number>

/** Asks for `many` records what `one` asks for one. Of what was not written, `otherwise` tells, or else `one`. */
function sender(run: Sql, one: Statement, many: Statement, otherwise?: Written): Sql['write'] {
  const byItself: Written = ({ values, deadline }) => (deadline.over ? 0 : run.write(one, values, deadline))
  const send = async (entries: readonly Entry[]): Promise<Written> => {
    const values = entries.map((entry) => entry.values)
    // Until nobody waits any more: then the connection is given up, as it would be for one.
    const deadline = untilAll(entries.map((entry) => entry.deadline))
    try {
      const rows = await run.query(many, { batch: JSON.stringify(values) }, deadline)
      const written = new Set(rows.map(({ key }) => key))
      return (entry) => (written.has(entry.key) ? 1 : (otherwise ?? byItself)(entry))
    } catch (error) {
      // One may have spoilt it for all, if only by their number: each learns what holds for itself.
      if (refused(error)) return byItself
      throw error
    }
  }
  const batcher = createBatcher<Entry, number>(async (entries) => {
    const asking = entries.filter(({ deadline }) => !deadline.over).sort((a, b) => (a.key < b.key ? -1 : 1))
    const [first] = asking
    if (first === undefined) return () => 0
    if (asking.length > 1) return await send(asking)
    const written = await byItself(first)
    return () => written
  }, LIMITS)
  return (_, values, deadline) => {
    const entry = { key: String(values.key), values, deadline }
    const written = batcher.add(entry)
    return written === undefined ? run.write(one, values, deadline) : deadline.race(written)
  }
}
