import { type ErrorCode, isWebhookError, StoreError, type WebhookError } from '../errors.js'

/** @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CODES: Readonly<Record<string, ErrorCode>> = {
  '42P01': 'ERR_STORE_SCHEMA', // undefined_table
  '42703': 'ERR_STORE_SCHEMA', // undefined_column
  '3F000': 'ERR_STORE_SCHEMA', // invalid_schema_name
  '53100': 'ERR_STORE_FULL', // disk_full
  '55P03': 'ERR_STORE_TIMEOUT', // lock_not_available
  '57014': 'ERR_STORE_TIMEOUT', // query_canceled
  XX001: 'ERR_STORE_CORRUPT', // data_corrupted
  XX002: 'ERR_STORE_CORRUPT', // index_corrupted
}
const CURES: Readonly<Record<string, string>> = {
  ERR_STORE_SCHEMA: '; run `await store.migrate()` once',
}

export function postgresCode(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' ? code : undefined
}

/** Postgres's error, or a client's, as a StoreError; a StoreError stays what it is. */
export function postgresError(error: unknown): WebhookError {
  if (isWebhookError(error)) return error
  const code = postgresCode(error)
  const text = error instanceof Error ? error.message : String(error)
  const known =
    CODES[code ?? ''] ?? (/timeout exceeded when trying to connect/.test(text) ? 'ERR_STORE_TIMEOUT' : undefined)
  const ours = known ?? 'ERR_STORE_UNAVAILABLE'
  return new StoreError(ours, { detail: `${text}${CURES[ours] ?? ''}`, cause: error })
}

/** serialization_failure and deadlock_detected: the statement did nothing, and once more may succeed. */
export function isTransient(error: unknown): boolean {
  const code = postgresCode(error)
  return code === '40001' || code === '40P01'
}

/** Unless the server refused a statement and said so, nobody knows in what state the connection is. */
export function lost(error: unknown): boolean {
  const severity: unknown =
    typeof error === 'object' && error !== null
      ? (Reflect.get(error, 'severity_local') ?? Reflect.get(error, 'severity'))
      : undefined
  return severity !== 'ERROR'
}

/**
 * The server refused the statement and did nothing of it, for a reason that lies in the statement or in a record: not that it is shutting
 * down, or out of connections or disk. Short of memory (53200) it is where one statement takes too many locks.
 */
export function refused(error: unknown): boolean {
  const code = postgresCode(isWebhookError(error) ? error.cause : error)
  return code !== undefined && /^(?!08|53(?!200)|57P)(?=.*\d)[\dA-Z]{5}$/.test(code)
}
