import { ConfigError } from '../errors.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import { ADMINISTRATION_MS, type Deadline, inTime } from './_patience.js'
import { batched } from './_postgres-batch.js'
import { checkPostgres } from './_postgres-check.js'
import { type ClientOf, type PostgresClient, type Prepared, statementName } from './_postgres-client.js'
import { postgresDriver } from './_postgres-drivers.js'
import { postgresError } from './_postgres-errors.js'
import { type PostgresQuery, readCommitted } from './_postgres-query.js'
import { migrate, type PostgresTable } from './_postgres-schema.js'
import { postgresTransaction } from './_postgres-transaction.js'
import { identifier, type SqlStore, sweepEvery } from './_sql.js'
import { batchStatements, bound, type Statement, statements, type Values } from './_sql-statements.js'
import { type Sql, sqlVerbs } from './_sql-store.js'

export type { ClientOf, PostgresClient } from './_postgres-client.js'
export { postgresSchema } from './_postgres-schema.js'
export type { SqlStore } from './_sql.js'

export interface PostgresStoreOptions {
  /** Name of the table. @default 'hookproof_events' */
  readonly table?: string | undefined
  /** Schema of the table. @default the first of the search_path */
  readonly schema?: string | undefined
  /** Commit the handlers' writes together with the event: see `postgresStore`. @default false */
  readonly transaction?: boolean | undefined
  /** Claims and finishes that come together are one statement and one commit. False: each is a statement of its own. @default true */
  readonly batch?: boolean | undefined
  /** Prepare the statements once a connection; not through a pooler that shares connections between transactions. @default false */
  readonly prepare?: boolean | undefined
}

/** The time at which the statement came in: the planner folds it into the statement, which it cannot with a clock that goes on. */
const NOW = "CAST(floor(date_part('epoch', statement_timestamp()) * 1000) AS bigint)"
/** Transactions hold the key's lock alone, single statements share it: neither ever waits for the other. */
const EXCLUSIVE = 'pg_try_advisory_xact_lock(hashtextextended(:key, 0))'
const SHARED = 'pg_try_advisory_xact_lock_shared(hashtextextended(:key, 0))'
const SHARED_BATCH = SHARED.replace(':key', 'v.key')
const UNBROKEN = 'd.xmin = pg_current_xact_id()::xid'
const SWEEP_EVERY = 1000

/**
 * Claims in Postgres (13 up): one statement for a new event, a second one for a duplicate, a third one for a record that is taken over.
 * Call `migrate()` once, at deployment.
 *
 * `client` is a Pool of pg, postgres.js's `sql`, PGlite, or anything with `query(text, values)`.
 * - `table`, `schema`: where the records are. @default 'hookproof_events' in the first schema of the search_path
 * - `transaction`: claim, the handlers' writes and `done` are one commit. `context.transaction` is then the client's own kind of
 *   transaction: PoolClient, TransactionSql, Transaction. It commits with the event; after that, every use of it throws. @default false
 * - `batch`: claims and finishes that come together are one statement. What comes alone, renewals and transactions never are. @default true
 * - `prepare`: prepares the statements once a connection. @default false
 *
 * Every verb is READ COMMITTED, also where the pool's default is stricter.
 * Throws ConfigError for a wrong argument.
 * @see https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT
 */
export function postgresStore<P extends PostgresClient>(
  client: P,
  options: PostgresStoreOptions & { readonly transaction: true },
): SqlStore<ClientOf<P>>
export function postgresStore(
  client: PostgresClient,
  options?: PostgresStoreOptions & { readonly transaction?: false | undefined },
): SqlStore
export function postgresStore(client: PostgresClient, options?: PostgresStoreOptions): SqlStore | SqlStore<object> {
  const settings = checkOptions(options, ['table', 'schema', 'transaction', 'prepare', 'batch'], 'postgresStore')
  const table = tableOf(settings)
  if (settings.batch !== undefined && typeof settings.batch !== 'boolean') {
    throw invalidOption('postgresStore', 'batch', 'true or false')
  }
  const driver = postgresDriver(client)
  if (driver === undefined) {
    throw invalidOption(
      'postgresStore',
      'client',
      "pg's Pool, postgres.js's sql, PGlite, or an object with query(text, values)",
    )
  }
  if (settings.transaction === true && driver.begin === undefined) {
    throw new ConfigError('ERR_OPTION_INVALID', {
      detail: 'postgresStore: transaction mode takes connections of its own: pass a Pool, not one connection',
    })
  }
  const dialect = {
    table: table.quoted,
    now: NOW,
    greatest: 'greatest',
    placeholder: (position: number) => `$${position}`,
  }
  const prepare = (statement: Statement, values: Values): Prepared => ({
    text: statement.text,
    values: bound(statement, values),
    name: settings.prepare === true ? statementName(statement.text) : undefined,
  })
  const run = readCommitted(driver)
  const sql = statements({ ...dialect, open: SHARED })
  const ask = asked(run, prepare)
  const together = batchStatements({ ...dialect, open: SHARED_BATCH })
  const verbs = sqlVerbs(sql, settings.batch === false ? ask : batched(ask, sql, together))
  const sweep = (limit = 1000): Promise<number> =>
    inTime(undefined, (deadline) => run.write(sweepStatement(table.quoted, limit), deadline))
  const count = sweepEvery(SWEEP_EVERY, () => sweep(2 * SWEEP_EVERY))
  const store: SqlStore = {
    name: 'postgres',
    ...verbs,
    claim(key, claimed) {
      count()
      return verbs.claim(key, claimed)
    },
    migrate: () => guarded((deadline) => migrate(driver, table, deadline)),
    sweep,
    check: () => guarded((deadline) => checkPostgres(driver, table, client, deadline)),
  }
  const { begin } = driver
  if (settings.transaction !== true || begin === undefined) return store
  const exclusive = statements({ ...dialect, open: EXCLUSIVE, unbroken: UNBROKEN })
  const transacting: SqlStore<object> = {
    ...store,
    transaction: postgresTransaction({ sql: exclusive, begin, prepare, count }),
  }
  return transacting
}

function asked(run: PostgresQuery, prepare: (statement: Statement, values: Values) => Prepared): Sql {
  return {
    query: (statement, values, deadline) => run.query(prepare(statement, values), deadline),
    write: (statement, values, deadline) => run.write(prepare(statement, values), deadline),
  }
}

function tableOf({ table, schema }: PostgresStoreOptions): PostgresTable {
  const name = identifier(table, 'hookproof_events', 'postgresStore', 'table')
  const inside = schema === undefined ? undefined : identifier(schema, '', 'postgresStore', 'schema')
  return { name, schema: inside, quoted: inside === undefined ? `"${name}"` : `"${inside}"."${name}"` }
}

/** Skips rows that a claim is taking at this moment. */
function sweepStatement(table: string, limit: number): Prepared {
  const text = `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM ${table} WHERE expires_at <= ${NOW} LIMIT CAST($1 AS int) FOR UPDATE SKIP LOCKED))`
  return { text, values: [limit] }
}

function guarded<T>(work: (deadline: Deadline) => Promise<T>): Promise<T> {
  return inTime(undefined, work, ADMINISTRATION_MS).catch((error: unknown) => {
    throw postgresError(error)
  })
}
