import type { Deadline } from './_patience.js'
import type { PostgresDriver } from './_postgres-client.js'
import { postgresCode } from './_postgres-errors.js'
import type { Row } from './_sql.js'

/** Every column but the key, with a default: a newer version only ever adds to the end. */
const COLUMNS = [
  'state smallint NOT NULL DEFAULT 0',
  'fence bigint NOT NULL DEFAULT 0',
  "nonce text NOT NULL DEFAULT ''",
  'lease_until bigint NOT NULL DEFAULT 0',
  'attempts int NOT NULL DEFAULT 0',
  "progress text NOT NULL DEFAULT ''",
  'result text',
  "tag text NOT NULL DEFAULT ''",
  'expires_at bigint NOT NULL DEFAULT 0',
] as const

export interface PostgresTable {
  readonly schema: string | undefined
  readonly name: string
  /** Quoted, with the schema. */
  readonly quoted: string
}

const createTable = (quoted: string): string =>
  `CREATE TABLE IF NOT EXISTS ${quoted} (\n  key text PRIMARY KEY,\n  ${COLUMNS.join(',\n  ')}\n) WITH (fillfactor = 80)`
const createIndex = (name: string, quoted: string): string =>
  `CREATE INDEX IF NOT EXISTS "${name}_expires" ON ${quoted} (expires_at)`

/** The schema, version 1, to review or to apply by hand; `migrate()` does the same. Times are ms since the epoch, fences µs. */
export const postgresSchema: string = `${createTable('hookproof_events')};\n${createIndex('hookproof_events', 'hookproof_events')};\n`

/** What stands in the catalog, without locking the table. */
const INSPECT = `SELECT c.relpersistence AS persistence, to_regclass($2) IS NOT NULL AS indexed,
  array_to_string(ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), ' ') AS columns
FROM (SELECT to_regclass($1) AS oid) AS t LEFT JOIN pg_class c ON c.oid = t.oid`

export interface Found {
  readonly exists: boolean
  readonly unlogged: boolean
  readonly indexed: boolean
  /** Definitions of columns that this version needs and the table lacks. */
  readonly missing: readonly string[]
}

export async function inspect(driver: PostgresDriver, table: PostgresTable, deadline: Deadline): Promise<Found> {
  const index = table.quoted.replace(/"$/, '_expires"')
  const [row]: readonly (Row | undefined)[] = await driver.query(
    { text: INSPECT, values: [table.quoted, index] },
    deadline,
  )
  const columns = String(row?.columns ?? '').split(' ')
  return {
    exists: row?.persistence != null,
    unlogged: row?.persistence === 'u',
    indexed: row?.indexed === true,
    missing: COLUMNS.filter((column) => !columns.includes(column.split(' ')[0] ?? '')),
  }
}

/** Another process was faster: duplicate_table, duplicate_object, duplicate_column, or a unique violation inside the catalog. */
const MADE_ALREADY = new Set(['42P07', '42710', '42701', '42P06', '23505'])

/** Only what is missing is made, because even `IF NOT EXISTS` locks a table that is in use. */
export async function migrate(driver: PostgresDriver, table: PostgresTable, deadline: Deadline): Promise<void> {
  const apply = async (text: string): Promise<void> => {
    try {
      await driver.script(text, deadline)
    } catch (error) {
      if (!MADE_ALREADY.has(postgresCode(error) ?? '')) throw error
    }
  }
  const found = await inspect(driver, table, deadline)
  if (!found.exists) {
    if (table.schema !== undefined) await apply(`CREATE SCHEMA IF NOT EXISTS "${table.schema}"`)
    await apply(createTable(table.quoted))
  } else {
    for (const column of found.missing) await apply(`ALTER TABLE ${table.quoted} ADD COLUMN ${column}`)
  }
  if (!found.indexed) await apply(createIndex(table.name, table.quoted))
}
