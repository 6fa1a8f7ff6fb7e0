import type { Value } from './_sql.js'

/** What the statements know about a dialect. In them `:name` stands for a value. */
export interface Dialect {
  /** Quoted name of the table. */
  readonly table: string
  /** The database's clock, in whole ms since the epoch. */
  readonly now: string
  /** The greater of two numbers. */
  readonly greatest: string
  /** True unless a transaction holds `:key`; never waits. Left out where the database has one writer. */
  readonly open?: string | undefined
  /** True while the transaction that claimed the row `d` still lasts; part of `finish`. */
  readonly unbroken?: string | undefined
  /** How the driver wants its nth value (from 1), or undefined where it takes a plain `?` for each. */
  readonly placeholder?: ((position: number) => string) | undefined
}

export interface Statement {
  readonly text: string
  /** Names of the values, in the order of the placeholders. */
  readonly names: readonly string[]
}
export type Values = Readonly<Record<string, Value>>

/**
 * Each verb is one statement, and each statement reads the database's clock once. What says enough by the number of rows it writes returns
 * none: in Postgres, RETURNING was a tenth of a claim.
 */
export interface Statements {
  /** Writes one row: a key that was not there is won. None: ask `explain`. Nearly every claim is this one, and it is the cheapest to run. */
  readonly fresh: Statement
  /** Returns one row: won, whatever stood there. None: ask `explain`. */
  readonly claim: Statement
  /** Always returns one row: why a claim was lost. */
  readonly explain: Statement
  /** Writes one row: renewed. */
  readonly renew: Statement
  /** Writes one row: ok. None: maybe `late`. */
  readonly finish: Statement
  /** Writes one row: done was recorded although nobody held the record. */
  readonly late: Statement
  /** Writes one row: the record is free. */
  readonly reset: Statement
}

/** Fills in placeholders: numbered ones are used again where a name comes back. */
export function compile(text: string, placeholder?: (position: number) => string): Statement {
  const names: string[] = []
  const compiled = text.replace(/(?<!:):([a-z]+)/g, (_, name: string) => {
    const known = names.indexOf(name)
    if (placeholder !== undefined && known !== -1) return placeholder(known + 1)
    names.push(name)
    return placeholder?.(names.length) ?? '?'
  })
  return { text: compiled, names }
}

/** The values of a statement in the order of its placeholders. */
export function bound(statement: Statement, values: Values): Value[] {
  return statement.names.map((name) => values[name] ?? null)
}

/** Where the values of a claim come from: placeholders, or the columns of a batch. */
interface Source {
  readonly key: string
  readonly fence: string
  readonly nonce: string
  readonly lease: string
  readonly tag: string
  readonly retention: string
  readonly from: string
}
const SINGLE: Source = {
  key: ':key',
  fence: 'CAST(:fence AS bigint)',
  nonce: ':nonce',
  lease: 'CAST(:lease AS bigint)',
  tag: ':tag',
  retention: 'CAST(:retention AS bigint)',
  from: '',
}

function insertText({ table, now, open }: Dialect, row: Source = SINGLE): string {
  return `INSERT INTO ${table} AS d (key, state, fence, nonce, lease_until, attempts, progress, tag, expires_at)
SELECT ${row.key}, 1, ${row.fence}, ${row.nonce}, c.now + ${row.lease}, 1, '', ${row.tag}, ${expiry('c.now', row.retention)}
FROM (SELECT ${now} AS now) AS c${row.from} WHERE ${open ?? 'true'}`
}

/**
 * Frozen parts of a claim: what "over" and "mine" mean for the row `d` that stands and the row `excluded` that wants in, whose fence carries
 * the statement's time.
 */
function claimText(dialect: Dialect): string {
  const time = '(excluded.fence / 1000)'
  const over = `d.expires_at <= ${time}`
  const mine = `d.state = 1 AND d.nonce = excluded.nonce AND NOT ${over}`
  const unfinished = `d.state < 2 AND NOT ${over}`
  return `${insertText(dialect, { ...SINGLE, fence: 'c.now * 1000' })}
ON CONFLICT (key) DO UPDATE SET
  state = 1, nonce = excluded.nonce, lease_until = excluded.lease_until, expires_at = excluded.expires_at,
  fence = CASE WHEN ${mine} THEN d.fence ELSE ${dialect.greatest}(d.fence + 1, excluded.fence) END,
  attempts = CASE WHEN ${over} THEN 1 WHEN ${mine} THEN d.attempts ELSE d.attempts + 1 END,
  progress = CASE WHEN ${unfinished} THEN d.progress ELSE '' END,
  result = CASE WHEN ${unfinished} THEN d.result END,
  tag = CASE WHEN ${over} THEN excluded.tag ELSE d.tag END
WHERE ${over} OR d.state = 0 OR (d.state > 1 AND CAST(:rerun AS bigint) = 1)
  OR (d.state = 1 AND (d.lease_until <= ${time} OR d.nonce = excluded.nonce))
RETURNING fence, attempts, progress, result, tag`
}

/** A row that stands is for `explain` to judge, by the time that `explain` reads. */
const FRESH = 'ON CONFLICT (key) DO NOTHING'

/** A margin of 1/32 lets renewals and the finish keep the claim's expiry: its index stays untouched, and Postgres updates in place. */
const RETENTION = 'CAST(:retention AS bigint)'
const expiry = (now: string, retention = RETENTION): string => `${now} + ${retention} + ${retention} / 32`
const keptExpiry = (now: string, retention = RETENTION): string =>
  `CASE WHEN d.expires_at BETWEEN ${now} + ${retention} AND ${expiry(now, retention)} THEN d.expires_at ELSE ${expiry(now, retention)} END`

/** The state machine of `Store` in SQL, for SQLite (3.35 up) and Postgres. */
export function statements(dialect: Dialect): Statements {
  const { table, now, greatest, open } = dialect
  const clock = `(SELECT ${now} AS now) AS c`
  const mine = `d.key = :key AND d.expires_at > c.now${open === undefined ? '' : ` AND ${open}`}`
  const make = (text: string): Statement => compile(text, dialect.placeholder)
  return {
    fresh: make(`${insertText(dialect)}\n${FRESH}`),
    claim: make(claimText(dialect)),
    explain: make(`SELECT c.open, d.state, d.result, d.tag, d.nonce = :nonce AS mine, d.lease_until - c.now AS left_ms
FROM (SELECT ${open ?? 'true'} AS open, ${now} AS now) AS c LEFT JOIN ${table} AS d ON d.key = :key AND d.expires_at > c.now`),
    renew:
      make(`UPDATE ${table} AS d SET lease_until = c.now + CAST(:lease AS bigint), expires_at = ${keptExpiry('c.now')}
FROM ${clock} WHERE ${mine} AND d.state = 1 AND d.nonce = :nonce`),
    finish:
      make(`UPDATE ${table} AS d SET state = CAST(:state AS int), progress = :progress, result = :result, expires_at = ${keptExpiry('c.now')}
FROM ${clock} WHERE ${mine} AND d.nonce = :nonce AND d.state IN (1, CAST(:state AS int)) AND ${dialect.unbroken ?? 'true'}`),
    late: make(`INSERT INTO ${table} AS d (key, state, fence, nonce, lease_until, attempts, progress, result, tag, expires_at)
SELECT :key, 2, c.now * 1000, :nonce, c.now, 1, :progress, :result, '', ${expiry('c.now')} FROM ${clock} WHERE ${open ?? 'true'}
ON CONFLICT (key) DO UPDATE SET state = 2, nonce = excluded.nonce, progress = excluded.progress, result = excluded.result,
  fence = ${greatest}(d.fence + 1, excluded.fence), expires_at = excluded.expires_at
WHERE d.state = 0 OR d.expires_at <= (excluded.fence / 1000)`),
    reset: make(`UPDATE ${table} AS d SET state = 0, nonce = '', progress = '', result = NULL
FROM ${clock} WHERE ${mine} AND d.state IN (2, 3)`),
  }
}

export type BatchStatements = Pick<Statements, 'fresh' | 'finish'>

/**
 * Fresh claim and finish of many records in one statement, for Postgres; `:batch` is a JSON array of their values, sorted by key. In `open`,
 * the key is `v.key`. Both return the keys of the rows that they wrote. A claim waits for who inserts the same key at this moment, in an
 * order that is the same for all; a finish leaves out what another has locked. It asks the index for each key: a join may as well read the
 * whole table, and a plan that was made while that was small is kept.
 */
export function batchStatements(dialect: Dialect): BatchStatements {
  const { table, now, open } = dialect
  const rows = (columns: string): string => `json_to_recordset(CAST(CAST(:batch AS text) AS json)) AS v(${columns})`
  const clock = `(SELECT ${now} AS now) AS c`
  const make = (text: string): Statement => compile(text, dialect.placeholder)
  const source = {
    key: 'v.key',
    fence: 'v.fence',
    nonce: 'v.nonce',
    lease: 'v.lease',
    tag: 'v.tag',
    retention: 'v.retention',
    from: `, ${rows('key text, fence bigint, nonce text, lease bigint, tag text, retention bigint')}`,
  }
  return {
    fresh: make(`${insertText(dialect, source)}\n${FRESH} RETURNING key`),
    finish: make(`UPDATE ${table} AS d
SET state = v.state, progress = v.progress, result = v.result, expires_at = ${keptExpiry('c.now', 'v.retention')}
FROM ${clock}, ${rows('key text, nonce text, state int, progress text, result text, retention bigint')}
CROSS JOIN LATERAL (SELECT r.ctid AS place FROM ${table} AS r
  WHERE r.key = v.key AND r.nonce = v.nonce AND r.state IN (1, v.state) AND r.expires_at > ${now} FOR UPDATE SKIP LOCKED) AS l
WHERE d.ctid = l.place AND ${open ?? 'true'}
RETURNING d.key`),
  }
}
