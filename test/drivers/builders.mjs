// Handlers that write through a query builder on context.transaction, on SQLite, and on Postgres where TEST_POSTGRES_URL names one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import knexFactory from 'knex'
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely'
import { count, dist, report } from './cases.mjs'

const { sqliteStore } = await import(new URL('stores/sqlite.js', dist))
const { transactionContract } = await import(new URL('testing.js', dist))
const results = []

const folder = mkdtempSync(join(tmpdir(), 'hookproof-builders-'))
const effectsTable = sqliteTable('effects', { key: text('key'), n: integer('n') })

/** One file of SQLite for one way of writing. */
async function onSqlite(name, write) {
  const file = join(folder, `${name}.db`)
  const outside = new Database(file)
  outside.exec('CREATE TABLE effects (key TEXT, n INTEGER)')
  const store = sqliteStore(() => new Database(file), { transaction: true })
  await store.migrate()
  const subject = {
    store,
    lease: sqliteStore(outside),
    write,
    execute: (transaction, sql) => transaction.exec(sql),
    effects: (key) => outside.prepare('SELECT key FROM effects WHERE key = ?').all(key).length,
  }
  results.push(
    await count(transactionContract(() => subject).map(({ title, run }) => ({ title: `${name}: ${title}`, run }))),
  )
}

/** One database of Postgres for one way of writing. */
async function onPostgres(name, write) {
  const { default: pg } = await import('pg')
  const { postgresStore } = await import(new URL('stores/postgres.js', dist))
  const pool = new pg.Pool({ connectionString: process.env.TEST_POSTGRES_URL })
  pool.on('error', () => undefined)
  const table = `claims_${name}`
  const lease = postgresStore(pool, { table })
  await lease.migrate()
  await pool.query('DROP TABLE IF EXISTS effects')
  await pool.query('CREATE TABLE effects (key text, n int)')
  const subject = {
    store: postgresStore(pool, { table, transaction: true }),
    lease,
    write,
    execute: (transaction, sql) => transaction.query(sql),
    effects: async (key) => (await pool.query('SELECT FROM effects WHERE key = $1', [key])).rowCount,
  }
  results.push(
    await count(transactionContract(() => subject).map(({ title, run }) => ({ title: `${name}: ${title}`, run }))),
  )
  await pool.end()
}

try {
  await onSqlite('drizzle', (transaction, key) =>
    drizzleSqlite(transaction).insert(effectsTable).values({ key, n: 1 }).run(),
  )
  await onSqlite('drizzle_nested', (transaction, key) =>
    drizzleSqlite(transaction).transaction((inner) => inner.insert(effectsTable).values({ key, n: 1 }).run()),
  )
  await onSqlite('kysely', (transaction, key) =>
    new Kysely({ dialect: new SqliteDialect({ database: transaction }) })
      .insertInto('effects')
      .values({ key, n: 1 })
      .execute(),
  )
  if (process.env.TEST_POSTGRES_URL === undefined) {
    if (process.env.CI) throw new Error('TEST_POSTGRES_URL is not set')
    console.error('query builders on Postgres: not run, TEST_POSTGRES_URL is not set')
  } else {
    const knex = knexFactory({ client: 'pg' })
    await onPostgres('drizzle_pg', (transaction, key) =>
      drizzlePg(transaction).execute(drizzleSql`INSERT INTO effects VALUES (${key}, 1)`),
    )
    await onPostgres('kysely_pg', (transaction, key) => {
      const pool = { connect: async () => transaction, end: async () => undefined }
      return new Kysely({ dialect: new PostgresDialect({ pool }) })
        .insertInto('effects')
        .values({ key, n: 1 })
        .execute()
    })
    await onPostgres('knex_pg', (transaction, key) => knex('effects').insert({ key, n: 1 }).connection(transaction))
  }
  report('query builders', results)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
