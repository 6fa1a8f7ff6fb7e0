import Database from 'libsql'
import callbacks from 'mysql2'
import mysql from 'mysql2/promise'
import pg from 'pg'
import postgres from 'postgres'
import { expectTypeOf, it } from 'vitest'
import { mysqlStore } from '../../src/stores/mysql.js'
import { type ClientOf, postgresStore } from '../../src/stores/postgres.js'
import { type SqliteDatabase, sqliteStore } from '../../src/stores/sqlite.js'
import type { Store } from '../../src/types.js'

type TransactionOf<S> = S extends Store<infer T> ? T : never

/** PGlite's own declarations, as far as they tell its transaction; the package itself is too heavy for this project's root. */
interface Lite {
  query<T>(query: string, params?: unknown[]): Promise<{ rows: T[] }>
  exec(query: string): Promise<unknown>
  transaction<T>(callback: (tx: LiteTransaction) => Promise<T>): Promise<T>
}
interface LiteTransaction {
  query<T>(query: string, params?: unknown[]): Promise<{ rows: T[] }>
  rollback(): Promise<void>
}
declare const lite: Lite

it('the transaction of a handler is the client that the pool hands out', () => {
  const onPg = () => postgresStore(new pg.Pool(), { transaction: true })
  expectTypeOf<TransactionOf<ReturnType<typeof onPg>>>().toEqualTypeOf<pg.PoolClient>()
  const onPostgresJs = () => postgresStore(postgres(), { transaction: true })
  expectTypeOf<TransactionOf<ReturnType<typeof onPostgresJs>>>().toEqualTypeOf<postgres.TransactionSql>()
  const onLite = () => postgresStore(lite, { transaction: true })
  expectTypeOf<TransactionOf<ReturnType<typeof onLite>>>().toEqualTypeOf<LiteTransaction>()
  const onLibsql = () => sqliteStore(() => new Database('x'), { transaction: true })
  expectTypeOf<TransactionOf<ReturnType<typeof onLibsql>>>().toEqualTypeOf<InstanceType<typeof Database>>()
  const onPath = () => sqliteStore('x', { transaction: true })
  expectTypeOf<TransactionOf<ReturnType<typeof onPath>>>().toEqualTypeOf<SqliteDatabase>()
})

it('without transaction mode there is none', () => {
  const stores = () => [
    postgresStore(new pg.Pool()),
    postgresStore(postgres()),
    sqliteStore('x'),
    mysqlStore(mysql.createPool({})),
  ]
  expectTypeOf<TransactionOf<ReturnType<typeof stores>[number]>>().toEqualTypeOf<undefined>()
})

it('every client of the field is taken', () => {
  const made = () => [
    postgresStore(new pg.Client()),
    postgresStore(lite),
    postgresStore({ query: async (_text: string, _values?: unknown[]) => ({ rows: [] }) }),
    sqliteStore(new Database('x')),
    mysqlStore(callbacks.createPool({})),
  ]
  expectTypeOf(made).returns.toBeArray()
})

it('one connection has no transactions of its own', () => {
  expectTypeOf<ClientOf<pg.Client>>().toEqualTypeOf<never>()
  expectTypeOf<ClientOf<{ query(text: string): Promise<unknown> }>>().toEqualTypeOf<never>()
  // @ts-expect-error: an open database is one connection
  const onDatabase = () => sqliteStore(new Database('x'), { transaction: true })
  expectTypeOf(onDatabase).toBeFunction()
})
