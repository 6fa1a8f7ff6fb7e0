import { createBatcher } from './_batcher.js'
import { inTime } from './_patience.js'
import { type Row, wonFrom } from './_sql.js'
import type { BatchStatements, Statement, Values } from './_sql-statements.js'
import { claimValues, finishValues, type Query, type Verbs } from './_sql-store.js'

/** More rows in one statement save nothing, and the first of them waits for the last. */
const LIMITS = { size: 200, parallel: 2 }

/** Each event keeps to its own limit; the batch goes on for the others. */
const BATCH_MS = 5000

type Entry = Values & { readonly key: string }

/**
 * `single` with claims and finishes sent in batches: one commit to disk serves many events. What cannot go with the others (the same
 * key twice, a rerun, a claim that was lost and a finish that found nothing) is asked alone.
 */
export function batched(sql: BatchStatements, query: Query, single: Verbs): Verbs {
  const sender = (statement: Statement) =>
    createBatcher<Entry, Row | undefined>(async (entries) => {
      const values = { batch: JSON.stringify([...entries].sort((a, b) => (a.key < b.key ? -1 : 1))) }
      const rows = await inTime(undefined, (deadline) => query(statement, values, deadline), BATCH_MS)
      const byKey = new Map(rows.map((row) => [row.key, row]))
      return ({ key }) => byKey.get(key)
    }, LIMITS)
  const [claims, finishes] = [sender(sql.claim), sender(sql.finish)]
  return {
    ...single,
    async claim(key, options) {
      const asked = options.rerun === true ? undefined : claims.add({ ...claimValues(key, options), key })
      if (asked === undefined) return await single.claim(key, options)
      const won = await inTime(options.signal, (deadline) => deadline.race(asked))
      return won === undefined ? await single.claim(key, options) : wonFrom(won)
    },
    async finish(key, options) {
      const asked = finishes.add({ ...finishValues(key, options), key })
      const done = asked === undefined ? undefined : await inTime(options.signal, (deadline) => deadline.race(asked))
      return done === undefined ? await single.finish(key, options) : 'ok'
    },
  }
}
