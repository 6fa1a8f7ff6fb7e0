import { digest } from '../lib/crypto.js'
import type { Deadline } from './_patience.js'
import type { Row, Value } from './_sql.js'

/** Anything that answers `query(text, values)` with rows, or `{ rows }`. */
export interface PostgresQueryable {
  query(text: string, values?: never): unknown
}
/** pg's Pool, and pools that are made like it. */
export interface PostgresPool extends PostgresQueryable {
  readonly totalCount: number
  connect(): Promise<object>
}
/** postgres.js. */
export interface PostgresSql {
  readonly unsafe: (text: string, values?: never) => PromiseLike<unknown>
  readonly begin: object
}
/** PGlite. */
export interface PostgresLite extends PostgresQueryable {
  readonly transaction: (callback: never) => unknown
  readonly exec: (text: string) => Promise<unknown>
}
export type PostgresClient = PostgresQueryable | PostgresPool | PostgresSql | PostgresLite

/** What handlers get as `context.transaction`: pg's PoolClient, postgres.js's TransactionSql, PGlite's Transaction. */
export type ClientOf<P> = P extends {
  readonly totalCount: number
  connect: { (): Promise<infer C>; (...a: never[]): unknown }
}
  ? C
  : P extends { readonly totalCount: number; connect(): Promise<infer C> }
    ? C
    : P extends { begin: (options: string, callback: (sql: infer S) => never) => unknown }
      ? S
      : P extends { transaction: (callback: (transaction: infer T) => Promise<never>) => unknown }
        ? T
        : never

/** One statement with its values, as all clients take them. */
export interface Prepared {
  readonly text: string
  readonly values: readonly Value[]
  /** Given where the statement is to be prepared once a connection under this name. */
  readonly name?: string | undefined
}

/** One connection inside a transaction. */
export interface PostgresSession {
  /** What the handlers get. */
  readonly client: object
  query(statement: Prepared): Promise<readonly Row[]>
  /** Rejects when the connection ends by itself; the client must not be used any more. Left out where that does no harm. */
  readonly lost?: Promise<unknown> | undefined
  /** Lets a connection that the handlers saw fail find out itself. */
  rest?(): Promise<void>
  commit(): Promise<void>
  /** Rolls back and gives the connection back. For a transaction of which nothing is left running. */
  rollback(): Promise<void>
  /** Ends the connection, whatever runs on it. Resolves when the server has let go of it, as far as can be told. */
  destroy(): Promise<void>
}

/** What the store asks of a client, whichever it is. */
export interface PostgresDriver {
  query(statement: Prepared, deadline: Deadline): Promise<readonly Row[]>
  /** For a statement without RETURNING: the number of rows that it wrote. Left out where the client does not tell. */
  write?(statement: Prepared, deadline: Deadline): Promise<number>
  /** One or several statements without values. */
  script(text: string, deadline: Deadline): Promise<readonly Row[]>
  /** Begins a transaction on a connection of its own. Left out where the client cannot; undefined where its only connection is taken. */
  begin?(script: string, deadline: Deadline): Promise<PostgresSession | undefined>
}

const names = new Map<string, string>()

/** Stable for a text, so that every process and connection names it alike. */
export function statementName(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `hookproof_${digest('sha256', [text]).toString('hex').slice(0, 24)}`
  names.set(text, name)
  return name
}

/** The same with a row for each row that it writes, for where their number is not told. */
export function returning({ text, values, name }: Prepared): Prepared {
  return { text: `${text} RETURNING 1`, values, name: name === undefined ? undefined : `${name}_1` }
}

/** Rows out of whatever a client answers: `{ rows }`, rows, or a list of results of which the last counts. */
export function rowsOf(answer: unknown): readonly Row[] {
  const last: unknown = Array.isArray(answer) && isResult(answer.at(-1)) ? answer.at(-1) : answer
  const rows: unknown = isResult(last) ? last.rows : last
  return Array.isArray(rows) ? rows : []
}

function isResult(value: unknown): value is { readonly rows: unknown } {
  return typeof value === 'object' && value !== null && 'rows' in value && Array.isArray(value.rows)
}

export function has<N extends string>(value: unknown, ...names: readonly N[]): value is Record<N, CallableFunction> {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isObject && names.every((name) => typeof Reflect.get(value, name) === 'function')
}
