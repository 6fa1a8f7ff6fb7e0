// Both contracts of the SQLite store with one driver: node sqlite.mjs <driver>
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { count, dist, patient, report } from './cases.mjs'

const { sqliteStore } = await import(new URL('stores/sqlite.js', dist))
const { storeContract, transactionContract } = await import(new URL('testing.js', dist))

const drivers = {
  'node:sqlite': async () => (await import('node:sqlite')).DatabaseSync,
  'better-sqlite3': async () => (await import('better-sqlite3')).default,
  'bun:sqlite': async () => (await import('bun:sqlite')).Database,
}

const driver = process.argv[2]
const folder = mkdtempSync(join(tmpdir(), 'hookproof-drivers-'))
try {
  const file = join(folder, 'lease.db')
  const here = process.versions.bun === undefined ? 'node:sqlite' : 'bun:sqlite'
  const Database = await drivers[driver === 'a path' ? here : driver]()
  const lease = sqliteStore(driver === 'a path' ? file : new Database(file))
  await lease.migrate()
  const results = [await count(storeContract(() => patient(lease)))]

  const shared = join(folder, 'transaction.db')
  const outside = new Database(shared)
  outside.exec('CREATE TABLE effects (key TEXT)')
  const store = sqliteStore(driver === 'a path' ? shared : () => new Database(shared), { transaction: true })
  await store.migrate()
  const subject = {
    store,
    lease: sqliteStore(outside),
    write: (transaction, key) => transaction.prepare('INSERT INTO effects VALUES (?)').run(key),
    execute: (transaction, sql) => transaction.exec(sql),
    effects: (key) => outside.prepare('SELECT key FROM effects WHERE key = ?').all(key).length,
  }
  results.push(await count(transactionContract(() => subject)))
  report(driver, results)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
