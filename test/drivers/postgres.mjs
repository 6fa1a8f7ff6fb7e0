// The Postgres store with PGlite: node postgres.mjs
import { PGlite } from '@electric-sql/pglite'
import { count, dist, patient, report } from './cases.mjs'

const { postgresStore } = await import(new URL('stores/postgres.js', dist))
const { storeContract, transactionContract } = await import(new URL('testing.js', dist))

const lite = await PGlite.create()
// One connection for everybody, so a verb waits until a transaction is over, or for the limit of the store.
const lease = postgresStore(lite)
await lease.migrate()
await lite.exec('CREATE TABLE effects (key text)')
const results = [await count(storeContract(() => patient(lease)))]

const subject = {
  store: postgresStore(lite, { transaction: true }),
  lease,
  write: (transaction, key) => transaction.query('INSERT INTO effects VALUES ($1)', [key]),
  execute: (transaction, sql) => transaction.exec(sql),
  effects: async (key) => (await lite.query('SELECT key FROM effects WHERE key = $1', [key])).rows.length,
}
// These look at the database from outside while a transaction is open, which one connection cannot.
const alone = /^(nothing is visible from outside|a copy that comes while the event runs)/
results.push(await count(transactionContract(() => subject).filter(({ title }) => !alone.test(title))))
report('pglite', results)
await lite.close()
