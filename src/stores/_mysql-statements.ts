/** Microseconds since the epoch by the server's clock; the time zone of the session plays no part. */
const MICROSECONDS = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"
const NOW = `(${MICROSECONDS} DIV 1000)`
/** The statement's time out of the row that wants in: its fence is born from the clock. */
const TIME = 'VALUES(fence) DIV 1000'
const OVER = `expires_at <= ${TIME}`

/**
 * MySQL has no RETURNING, and the count of affected rows depends on the connection's flags. So the answer of a statement is what it
 * hands to LAST_INSERT_ID(), which drivers show as `insertId`: 0 nothing matched, 1 lost, else twice the fence, plus one for a record
 * that stood already.
 */
const born = `LAST_INSERT_ID(${MICROSECONDS} * 2) DIV 2`
const next = 'LAST_INSERT_ID(GREATEST(fence + 1, VALUES(fence)) * 2 + 1) DIV 2'
const same = 'LAST_INSERT_ID(fence * 2 + 1) DIV 2'
const lost = 'fence + 0 * LAST_INSERT_ID(1)'
const matched = '0 * LAST_INSERT_ID(1)'

/**
 * Columns are assigned from left to right, and each assignment sees those before it: what the conditions read comes last. A busy
 * record's nonce begins with +, a settled one's with =, so that an equal nonce always means: won by this statement.
 */
function claimText(table: string, rerun: boolean): string {
  const mine = `(state = 1 AND nonce = VALUES(nonce) AND NOT ${OVER})`
  const lapsed = `(state = 1 AND (lease_until <= ${TIME} OR nonce = VALUES(nonce)))`
  const won = `(${OVER} OR state = 0 OR ${lapsed}${rerun ? ' OR state > 1' : ''})`
  const forget = `(${won} AND (${OVER} OR state > 1))`
  const taken = `(${won} OR nonce = VALUES(nonce))`
  return `INSERT INTO ${table} (\`key\`, state, fence, nonce, lease_until, attempts, progress, tag, expires_at)
VALUES (?, 1, ${born}, ?, ${NOW} + ?, 1, '', ?, ${NOW} + ?)
ON DUPLICATE KEY UPDATE
  fence = IF(${won}, IF(${mine}, ${same}, ${next}), ${lost}),
  attempts = IF(${won}, IF(${OVER}, 1, IF(${mine}, attempts, attempts + 1)), attempts),
  progress = IF(${forget}, '', progress), result = IF(${forget}, NULL, result), tag = IF(${OVER}, VALUES(tag), tag),
  nonce = IF(${won}, VALUES(nonce), nonce),
  lease_until = IF(${taken}, VALUES(lease_until), lease_until),
  expires_at = IF(${taken}, VALUES(expires_at), expires_at),
  state = IF(${taken}, 1, state)`
}

function lateText(table: string): string {
  const free = `(state = 0 OR ${OVER})`
  return `INSERT INTO ${table} (\`key\`, state, fence, nonce, lease_until, attempts, progress, result, tag, expires_at)
VALUES (?, 2, ${born}, ?, 0, 1, ?, ?, '', ${NOW} + ?)
ON DUPLICATE KEY UPDATE
  fence = IF(${free}, ${next}, ${lost}), progress = IF(${free}, VALUES(progress), progress),
  result = IF(${free}, VALUES(result), result), nonce = IF(${free}, VALUES(nonce), nonce), state = IF(${free}, 2, state),
  expires_at = IF(${free} OR (state = 2 AND nonce = VALUES(nonce)), VALUES(expires_at), expires_at)`
}

export interface MysqlStatements {
  /** key, nonce, lease, tag, retention. */
  readonly claim: string
  /** The same. */
  readonly rerun: string
  /** nonce, key. */
  readonly read: string
  /** lease, retention, key, nonce. */
  readonly renew: string
  /** state, nonce when settled, progress, result, retention, key, nonce when busy, state, nonce when settled. */
  readonly finish: string
  /** key, nonce when settled, progress, result, retention. */
  readonly late: string
  /** key. */
  readonly reset: string
}

/** The state machine of `Store` for MySQL 8 and MariaDB; `table` is quoted. @see https://dev.mysql.com/doc/refman/8.4/en/insert-on-duplicate.html */
export function mysqlStatements(table: string): MysqlStatements {
  return {
    claim: claimText(table, false),
    rerun: claimText(table, true),
    read: `SELECT state, attempts, fence, progress, result, tag, nonce = ? AS mine, lease_until - ${NOW} AS left_ms
FROM ${table} WHERE \`key\` = ? AND expires_at > ${NOW}`,
    renew: `UPDATE ${table} SET lease_until = ${NOW} + ? + ${matched}, expires_at = ${NOW} + ?
WHERE \`key\` = ? AND state = 1 AND nonce = ? AND expires_at > ${NOW}`,
    finish: `UPDATE ${table} SET state = ?, nonce = ?, progress = ?, result = ?, expires_at = ${NOW} + ? + ${matched}
WHERE \`key\` = ? AND expires_at > ${NOW} AND ((state = 1 AND nonce = ?) OR (state = ? AND nonce = ?))`,
    late: lateText(table),
    reset: `UPDATE ${table} SET nonce = '', progress = '', result = NULL, lease_until = ${matched}, state = 0
WHERE \`key\` = ? AND state > 1 AND expires_at > ${NOW}`,
  }
}

/** Locks what it deletes, and looks again at what it had to wait for. */
export function mysqlSweep(table: string, limit: number): string {
  return `DELETE FROM ${table} WHERE expires_at <= ${NOW} ORDER BY expires_at LIMIT ${limit}`
}
