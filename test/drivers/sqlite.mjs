// Both contracts of the SQLite store with one driver, and its shared commits: node sqlite.mjs <driver>
import { deepEqual, equal } from 'node:assert/strict'
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

/** That what is written at once is one commit, and what fails fails alone. */
const sharing = (open) => ({
  title: '20 claims at once are one commit, also where one of them fails',
  async run() {
    const database = open()
    const store = sqliteStore(database)
    await store.migrate()
    database.exec(`CREATE TRIGGER no BEFORE INSERT ON hookproof_events WHEN NEW.key = 'bad'
      BEGIN SELECT RAISE(ABORT, 'not this one'); END`)
    let commits = 0
    const { exec } = database
    database.exec = (sql) => {
      if (sql === 'COMMIT') commits++
      return exec.call(database, sql)
    }
    const claims = async (keys) => {
      const asked = keys.map((nonce) => store.claim(nonce, { nonce, leaseMs: 60_000, retentionMs: 60_000, tag: '' }))
      return (await Promise.allSettled(asked)).map(({ value, reason }) => value?.status ?? reason.code)
    }
    const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`)
    deepEqual(await claims(keys), Array(20).fill('won'))
    equal(commits, 1)
    deepEqual(await claims(['new', 'bad', 'newer']), ['won', 'ERR_STORE_UNAVAILABLE', 'won'])
    equal(open().prepare('SELECT key FROM hookproof_events').all().length, 22)
  },
})

const driver = process.argv[2]
const folder = mkdtempSync(join(tmpdir(), 'hookproof-drivers-'))
try {
  const file = join(folder, 'lease.db')
  const here = process.versions.bun === undefined ? 'node:sqlite' : 'bun:sqlite'
  const Database = await drivers[driver === 'a path' ? here : driver]()
  const lease = sqliteStore(driver === 'a path' ? file : new Database(file))
  await lease.migrate()
  const results = [await count(storeContract(() => patient(lease)))]

  if (driver !== 'a path') results.push(await count([sharing(() => new Database(join(folder, 'sharing.db')))]))

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
