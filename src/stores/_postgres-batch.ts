import { createBatcher } from './_batcher.js'
import { inTime } from './_patience.js'
import type { Row } from './_sql.js'
import type { BatchStatements, Statement, Statements, Values } from './_sql-statements.js'
import { claimStanding, claimValues, finishValues, type Sql, sqlVerbs, type Verbs, wonFresh } from './_sql-store.js'

/** More rows in one statement save nothing, and the first of them waits for the last. */
const LIMITS = { size: 200, parallel: 2 }

/** Each event keeps to its own limit; the batch goes on for the others. */
const BATCH_MS = 5000

type Entry = Values & { readonly key: string }

/**
 * The verbs with fresh claims and finishes sent in batches: one commit to disk serves many events. What cannot go with the others (the
 * same key twice, a rerun, a claim of what stands and a finish that found nothing) is asked alone.
 */
export function batched(sql: BatchStatements, alone: Statements, run: Sql): Verbs {
  const { query } = run
  const single = sqlVerbs(alone, run)
  const sender = (statement: Statement) =>
    createBatcher<Entry, Row | undefined>(async (entries) => {
      const values = { batch: JSON.stringify([...entries].sort((a, b) => (a.key < b.key ? -1 : 1))) }
      const rows = await inTime(undefined, (deadline) => query(statement, values, deadline), BATCH_MS)
      const byKey = new Map(rows.map((row) => [row.key, row]))
      return ({ key }) => byKey.get(key)
    }, LIMITS)
  const [claims, finishes] = [sender(sql.fresh), sender(sql.finish)]
  return {
    ...single,
    async claim(key, options) {
      const values = claimValues(key, options)
      const asked = options.rerun === true ? undefined : claims.add(values)
      if (asked === undefined) return await single.claim(key, options)
      return await inTime(options.signal, async (deadline) => {
        const fresh = await deadline.race(asked)
        return fresh === undefined
          ? await claimStanding(alone, query, values, options, deadline)
          : wonFresh(values.fence, options)
      })
    },
    async finish(key, options) {
      const asked = finishes.add({ ...finishValues(key, options), key })
      const done = asked === undefined ? undefined : await inTime(options.signal, (deadline) => deadline.race(asked))
      return done === undefined ? await single.finish(key, options) : 'ok'
    },
  }
}
