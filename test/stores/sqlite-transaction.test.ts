import Database from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'
import { sqliteStore } from '../../src/stores/sqlite.js'
import { transactionContract } from '../../src/testing/transaction-contract.js'
import { sqliteFolder } from '../support/sqlite.js'

const folder = sqliteFolder()
afterAll(folder.remove)

describe('the SQLite store in transaction mode', async () => {
  const file = folder.file()
  const store = sqliteStore(() => new Database(file), { transaction: true })
  const outside = new Database(file)
  const lease = sqliteStore(outside)
  await store.migrate()
  outside.exec('CREATE TABLE effects (key TEXT)')
  const subject = {
    store,
    lease,
    write: (transaction: InstanceType<typeof Database>, key: string) =>
      transaction.prepare('INSERT INTO effects VALUES (?)').run(key),
    execute: (transaction: InstanceType<typeof Database>, sql: string) => transaction.exec(sql),
    effects: (key: string) => outside.prepare('SELECT key FROM effects WHERE key = ?').all(key).length,
  }
  for (const { title, run } of transactionContract(() => subject)) it(title, run)
})

it("a deferred constraint that the handlers broke is their failure, not the store's", async () => {
  const file = folder.file()
  const store = sqliteStore(
    () => {
      const database = new Database(file)
      database.exec('PRAGMA foreign_keys = ON')
      return database
    },
    { transaction: true },
  )
  await store.migrate()
  const outside = new Database(file)
  outside.exec(`CREATE TABLE customers (id TEXT PRIMARY KEY);
    CREATE TABLE orders (customer TEXT REFERENCES customers (id) DEFERRABLE INITIALLY DEFERRED)`)
  const { signal } = new AbortController()
  const options = { tag: 'tag', retentionMs: 60_000, maxRunMs: 60_000, signal }
  const ended = store.transaction?.('key', options, async (transaction) => ({
    value: transaction.exec("INSERT INTO orders VALUES ('nobody')"),
  }))
  await expect(ended).rejects.toMatchObject({ code: 'ERR_HANDLER_FAILED' })
  expect(outside.prepare('SELECT * FROM orders').all()).toEqual([])
})
