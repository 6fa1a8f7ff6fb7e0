import { withoutErrorListener } from './_error-listener.js'
import type { Deadline } from './_patience.js'
import type { PostgresDriver } from './_postgres-client.js'
import { inspect, type PostgresTable } from './_postgres-schema.js'
import type { Row } from './_sql.js'

const SETTINGS = `SELECT pg_is_in_recovery() AS replica, current_setting('transaction_read_only') AS read_only,
  current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync,
  current_setting('server_encoding') AS encoding`

/** What `check()` of the Postgres store finds. */
export async function checkPostgres(
  driver: PostgresDriver,
  table: PostgresTable,
  client: unknown,
  deadline: Deadline,
): Promise<readonly string[]> {
  const [settings = {}] = await driver.query({ text: SETTINGS, values: [] }, deadline)
  const found = await inspect(driver, table, deadline)
  const cure = 'run `await store.migrate()`.'
  return [
    ...settingsOf(settings),
    ...(found.exists ? [] : [`table ${table.quoted} is missing: ${cure}`]),
    ...(found.unlogged
      ? [`table ${table.quoted} is UNLOGGED: a crash empties it, and finished events run again.`]
      : []),
    ...(found.exists && found.missing.length > 0
      ? [`table ${table.quoted} lacks ${found.missing.map((column) => column.split(' ')[0]).join(', ')}: ${cure}`]
      : []),
    ...(found.exists && !found.indexed
      ? [`index ${table.name}_expires is missing: sweeping reads the whole table; ${cure}`]
      : []),
    ...withoutErrorListener(
      client,
      "the pool has no 'error' listener: an idle connection that the server closes ends this process.",
    ),
  ]
}

function settingsOf({ replica, read_only, synchronous_commit, fsync, encoding }: Row): string[] {
  const found: string[] = []
  if (replica === true) found.push('this is a replica: nothing can be claimed, and what it shows is of the past.')
  else if (read_only === 'on') found.push('transactions are read-only by default: nothing can be claimed.')
  if (synchronous_commit === 'off' || synchronous_commit === 'local') {
    found.push(
      `synchronous_commit is ${String(synchronous_commit)}: a crash or failover can lose the last finished events, which then run again.`,
    )
  }
  if (fsync === 'off') found.push('fsync is off: a power cut can damage the whole database.')
  if (encoding !== 'UTF8' && encoding !== 'SQL_ASCII')
    found.push(`the database's encoding is ${String(encoding)}: ids and replies beyond it are refused; use UTF8.`)
  return found
}
