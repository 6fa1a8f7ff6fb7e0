import Database from 'libsql'
import { afterAll, describe, it } from 'vitest'
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
