import pg from 'pg'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { postgresStore, type SqlStore } from '../../src/stores/postgres.js'
import { storeContract } from '../../src/testing/store-contract.js'
import { type TransactionSubject, transactionContract } from '../../src/testing/transaction-contract.js'
import { patientStore } from '../support/patient-store.js'
import { pgbouncerAvailable, startPgbouncer } from '../support/pgbouncer.js'
import { postgresAvailable, startPostgres } from '../support/postgres.js'

describe.runIf(postgresAvailable() && pgbouncerAvailable())(
  'the Postgres store through a transaction-mode pooler',
  () => {
    let store: SqlStore
    let oneByOne: SqlStore
    let subject: TransactionSubject<pg.PoolClient>
    const ends: (() => Promise<unknown>)[] = []
    beforeAll(async () => {
      const server = await startPostgres()
      ends.push(() => server.stop())
      const url = await server.database('pooled')
      const pooler = await startPgbouncer(url)
      ends.unshift(() => pooler.stop())
      const poolOf = (connectionString: string): pg.Pool => {
        const pool = new pg.Pool({ connectionString, max: 10 })
        pool.on('error', () => undefined)
        ends.unshift(() => pool.end())
        return pool
      }
      store = postgresStore(poolOf(pooler.url))
      oneByOne = postgresStore(poolOf(pooler.url), { batch: false })
      await store.migrate()
      const outside = poolOf(url)
      await outside.query('CREATE TABLE effects (key text)')
      subject = {
        store: postgresStore(poolOf(pooler.url), { transaction: true }),
        lease: store,
        write: (transaction, key) => transaction.query('INSERT INTO effects VALUES ($1)', [key]),
        execute: (transaction, sql) => transaction.query(sql),
        effects: async (key) => (await outside.query('SELECT FROM effects WHERE key = $1', [key])).rowCount ?? 0,
      }
    })
    afterAll(async () => {
      for (const end of ends) await end()
    }, 30_000)

    for (const { title, run } of storeContract(() => patientStore(store))) it(title, run)
    for (const { title, run } of storeContract(() => patientStore(oneByOne))) it(`${title}, one by one`, run)
    for (const { title, run } of transactionContract(() => subject)) it(title, run)
  },
)
