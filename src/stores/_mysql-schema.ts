import type { MysqlDriver } from './_mysql-driver.js'
import type { Deadline } from './_patience.js'
import { renamed } from './_sql.js'

/** Every column but the key: a newer version only ever adds to the end, with a default. */
const COLUMNS = [
  'state TINYINT NOT NULL DEFAULT 0',
  'fence BIGINT NOT NULL DEFAULT 0',
  "nonce VARBINARY(255) NOT NULL DEFAULT ''",
  'lease_until BIGINT NOT NULL DEFAULT 0',
  'attempts INT NOT NULL DEFAULT 0',
  'progress MEDIUMTEXT NOT NULL',
  'result MEDIUMTEXT',
  'tag TEXT NOT NULL',
  'expires_at BIGINT NOT NULL DEFAULT 0',
] as const

/** The schema, version 1, to review or to apply by hand; `migrate()` does the same. Times are ms since the epoch, fences µs. */
export const mysqlSchema: string = `CREATE TABLE IF NOT EXISTS hookproof_events (
  \`key\` VARBINARY(1024) NOT NULL PRIMARY KEY,
  ${COLUMNS.join(',\n  ')},
  KEY hookproof_events_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
`

export interface MysqlTable {
  readonly engine: string | undefined
  readonly indexed: boolean
  /** Definitions of columns that this version needs and the table lacks. */
  readonly missing: readonly string[]
}

const ENGINE = 'SELECT engine AS e FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?'
const NAMES =
  'SELECT column_name AS n FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?'
const INDEX =
  'SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND index_name = ?'

export async function inspect(driver: MysqlDriver, table: string, deadline: Deadline): Promise<MysqlTable> {
  const { rows: engines } = await driver(ENGINE, [table], deadline)
  const { rows: names } = await driver(NAMES, [table], deadline)
  const { rows: indexes } = await driver(INDEX, [table, `${table}_expires`], deadline)
  const there = new Set(names.map(({ n }) => String(n)))
  return {
    engine: engines[0] === undefined ? undefined : String(engines[0].e),
    indexed: indexes.length > 0,
    missing: COLUMNS.filter((column) => !there.has(column.split(' ')[0] ?? '')),
  }
}

/** Another process was faster: duplicate column, duplicate key name. */
const MADE_ALREADY = [1060, 1061]

export async function migrate(driver: MysqlDriver, table: string, deadline: Deadline): Promise<void> {
  const apply = async (text: string): Promise<void> => {
    try {
      await driver(text, [], deadline)
    } catch (error) {
      const cause: unknown = error instanceof Error ? error.cause : undefined
      if (!MADE_ALREADY.includes(Number(Reflect.get(Object(cause), 'errno')))) throw error
    }
  }
  const found = await inspect(driver, table, deadline)
  if (found.engine === undefined) return await apply(renamed(mysqlSchema, table).replace(/;\s*$/, ''))
  for (const column of found.missing) await apply(`ALTER TABLE \`${table}\` ADD COLUMN ${column}`)
  if (!found.indexed) await apply(`ALTER TABLE \`${table}\` ADD KEY ${table}_expires (expires_at)`)
}

const SETTINGS = `SELECT @@global.read_only AS read_only, @@innodb_flush_log_at_trx_commit AS flush_log,
  @@autocommit AS autocommit, @@character_set_client AS charset`

/** What `check()` of the MySQL store finds. */
export async function checkMysql(driver: MysqlDriver, table: string, deadline: Deadline): Promise<readonly string[]> {
  const { rows } = await driver(SETTINGS, [], deadline)
  const { engine, indexed, missing } = await inspect(driver, table, deadline)
  const cure = 'run `await store.migrate()`.'
  const found: string[] = []
  if (Number(rows[0]?.read_only) !== 0)
    found.push('the server is read-only, a replica perhaps: nothing can be claimed.')
  if (Number(rows[0]?.flush_log) !== 1) {
    found.push(
      'innodb_flush_log_at_trx_commit is not 1: a crash can lose the last finished events, which then run again.',
    )
  }
  if (Number(rows[0]?.autocommit) !== 1)
    found.push("autocommit is off in the pool's sessions: claims are not committed, and others wait for their locks.")
  if (!/^utf8/.test(String(rows[0]?.charset)))
    found.push(`the pool's charset is ${String(rows[0]?.charset)}: ids and replies beyond it are damaged; use utf8mb4.`)
  if (engine === undefined) return [...found, `table ${table} is missing: ${cure}`]
  if (engine.toLowerCase() !== 'innodb')
    found.push(`the table's engine is ${engine}, not InnoDB: a crash can lose or damage it.`)
  if (missing.length > 0)
    found.push(`table ${table} lacks ${missing.map((column) => column.split(' ')[0]).join(', ')}: ${cure}`)
  if (!indexed) found.push(`index ${table}_expires is missing: sweeping reads the whole table; ${cure}`)
  return found
}
