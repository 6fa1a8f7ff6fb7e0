import { checkOptions, invalidOption } from '../lib/options.js'
import type { ClaimOptions, ClaimResult, FinishOptions } from '../types.js'
import { type MysqlDriver, type MysqlPool, mysqlDriver } from './_mysql-driver.js'
import { checkMysql, migrate } from './_mysql-schema.js'
import { type MysqlStatements, mysqlStatements, mysqlSweep } from './_mysql-statements.js'
import { ADMINISTRATION_MS, type Deadline, inTime } from './_patience.js'
import { identifier, lostFrom, RETRY_AFTER_MS, type SqlStore, sweepEvery, wonFrom } from './_sql.js'
import { claimValues, finishValues } from './_sql-store.js'

export type { MysqlPool } from './_mysql-driver.js'
export { mysqlSchema } from './_mysql-schema.js'
export type { SqlStore } from './_sql.js'

export interface MysqlStoreOptions {
  /** Name of the table, in the pool's database. @default 'hookproof_events' */
  readonly table?: string | undefined
}

const SWEEP_EVERY = 1000
/** A record that is let go again and again between two questions counts as busy. */
const TRIES = 3
const busyNonce = (nonce: string): string => `+${nonce}`
const settledNonce = (nonce: string): string => `=${nonce}`

/**
 * Claims in MySQL 8 or MariaDB: one statement for a new event, a second one for any other. Call `migrate()` once, at deployment.
 *
 * `pool` is a pool of mysql2, of either of its interfaces.
 * - `table`: name of the table. @default 'hookproof_events'
 *
 * Throws ConfigError for a wrong argument.
 * @see https://dev.mysql.com/doc/refman/8.4/en/insert-on-duplicate.html
 */
export function mysqlStore(pool: MysqlPool, options?: MysqlStoreOptions): SqlStore {
  const settings = checkOptions(options, ['table'], 'mysqlStore')
  const table = identifier(settings.table, 'hookproof_events', 'mysqlStore', 'table')
  const driver = mysqlDriver(pool)
  if (driver === undefined) throw invalidOption('mysqlStore', 'pool', 'a pool of mysql2')
  const sql = mysqlStatements(`\`${table}\``)
  const sweep = (limit = 1000): Promise<number> =>
    inTime(
      undefined,
      async (deadline) => (await driver(mysqlSweep(`\`${table}\``, whole(limit)), [], deadline)).affectedRows,
    )
  const count = sweepEvery(SWEEP_EVERY, () => sweep(2 * SWEEP_EVERY))
  const matches = async (text: string, values: (string | number | null)[], signal?: AbortSignal): Promise<boolean> =>
    inTime(signal, async (deadline) => (await driver(text, values, deadline)).insertId > 0)
  return {
    name: 'mysql',
    claim(key, claimed) {
      count()
      return inTime(claimed.signal, (deadline) => claim(driver, sql, key, claimed, deadline))
    },
    renew: (key, { nonce, leaseMs, retentionMs, signal }) =>
      matches(sql.renew, [leaseMs, Math.max(retentionMs, leaseMs), key, busyNonce(nonce)], signal),
    finish: (key, finished) => inTime(finished.signal, (deadline) => finish(driver, sql, key, finished, deadline)),
    reset: (key) => matches(sql.reset, [key]),
    migrate: () => inTime(undefined, (deadline) => migrate(driver, table, deadline), ADMINISTRATION_MS),
    sweep,
    check: () => inTime(undefined, (deadline) => checkMysql(driver, table, deadline), ADMINISTRATION_MS),
  }
}

async function claim(
  driver: MysqlDriver,
  sql: MysqlStatements,
  key: string,
  options: ClaimOptions,
  deadline: Deadline,
): Promise<ClaimResult> {
  const { lease = 0, retention = 0, tag = '' } = claimValues(key, options)
  const nonce = busyNonce(options.nonce)
  for (let tries = 0; tries < TRIES; tries++) {
    const text = options.rerun === true ? sql.rerun : sql.claim
    const { insertId } = await driver(text, [key, nonce, lease, tag, retention], deadline)
    const fence = Math.floor(insertId / 2)
    if (insertId % 2 === 0) return { status: 'won', fence, attempt: 1, progress: '', tag: options.tag }
    const [row] = (await driver(sql.read, [nonce, key], deadline)).rows
    if (row === undefined) continue
    if (insertId > 1 && Number(row.mine) === 1) return { ...wonFrom(row), fence }
    const lost = lostFrom(row)
    const rerunnable = options.rerun === true && lost !== undefined && lost.status !== 'busy'
    if (lost !== undefined && !rerunnable) return lost
  }
  return { status: 'busy', retryAfterMs: RETRY_AFTER_MS, tag: options.tag }
}

async function finish(
  driver: MysqlDriver,
  sql: MysqlStatements,
  key: string,
  options: FinishOptions,
  deadline: Deadline,
): Promise<'ok' | 'late' | 'lost'> {
  const { state = 0, progress = '', result = null, retention = 0 } = finishValues(key, options)
  const [busy, settled] = [busyNonce(options.nonce), settledNonce(options.nonce)]
  const values = [state, settled, progress, result, retention, key, busy, state, settled]
  if ((await driver(sql.finish, values, deadline)).insertId > 0) return 'ok'
  if (options.to !== 'done') return 'lost'
  const { insertId } = await driver(sql.late, [key, settled, progress, result, retention], deadline)
  return insertId === 1 ? 'lost' : 'late'
}

function whole(limit: number): number {
  if (Number.isSafeInteger(limit) && limit > 0) return limit
  throw invalidOption('sweep', 'limit', 'a whole number above 0')
}
