import type { SqliteDriver } from './_sqlite-driver.js'

/**
 * Every column but the key, with a default: a newer version only ever adds to the end. Numbers come first: a long reply lies on pages of its
 * own, through which the sweeper would have to go.
 */
const COLUMNS = [
  'state INTEGER NOT NULL DEFAULT 0',
  'fence INTEGER NOT NULL DEFAULT 0',
  'lease_until INTEGER NOT NULL DEFAULT 0',
  'expires_at INTEGER NOT NULL DEFAULT 0',
  'attempts INTEGER NOT NULL DEFAULT 0',
  "nonce TEXT NOT NULL DEFAULT ''",
  "progress TEXT NOT NULL DEFAULT ''",
  'result TEXT',
  "tag TEXT NOT NULL DEFAULT ''",
] as const

/** The schema, version 1, to review or to apply by hand; `migrate()` does the same. Times are ms since the epoch. */
export const sqliteSchema: string = `CREATE TABLE IF NOT EXISTS hookproof_events (
  key TEXT NOT NULL PRIMARY KEY,
  ${COLUMNS.join(',\n  ')}
) WITHOUT ROWID;
`

/** Columns of this version that an older table lacks, as ALTER TABLE takes them. */
export function missingColumns(driver: SqliteDriver, table: string): readonly string[] {
  const there = new Set(driver.all(`PRAGMA table_info("${table}")`).map(({ name }) => name))
  return COLUMNS.filter((column) => !there.has(column.split(' ')[0] ?? ''))
}
