import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { postgresStore } from '../../src/stores/postgres.js'
import { type TransactionSubject, transactionContract } from '../../src/testing/transaction-contract.js'
import { postgresAvailable, startPostgres, type TestPostgres } from '../support/postgres.js'

const WRITE = 'INSERT INTO effects VALUES ($1)'

describe.runIf(postgresAvailable())('the Postgres store in transaction mode', () => {
  let server: TestPostgres
  const clients: { end(): Promise<unknown> }[] = []
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()))
    await server.stop()
  })

  const poolOf = (url: string): pg.Pool => {
    const pool = new pg.Pool({ connectionString: url, max: 10 })
    pool.on('error', () => undefined)
    clients.push(pool)
    return pool
  }
  const onPg = (prepare: boolean) => (url: string) => {
    const store = postgresStore(poolOf(url), { transaction: true, prepare })
    const write = (transaction: pg.PoolClient, key: string) => transaction.query(WRITE, [key])
    const execute = (transaction: pg.PoolClient, sql: string) => transaction.query(sql)
    return { store, write, execute }
  }
  const onPostgresJs = (url: string) => {
    const sql = postgres(url, { onnotice: () => undefined })
    clients.push(sql)
    const store = postgresStore(sql, { transaction: true })
    const write = (transaction: postgres.TransactionSql, key: string) =>
      transaction`INSERT INTO effects VALUES (${key})`
    const execute = (transaction: postgres.TransactionSql, text: string) => transaction.unsafe(text)
    return { store, write, execute }
  }

  type Subject = Pick<TransactionSubject<never>, 'store' | 'write' | 'execute'>
  describe.each<[string, (url: string) => unknown]>([
    ['pg', onPg(false)],
    ['pg, prepared', onPg(true)],
    ['postgres.js', onPostgresJs],
  ])('on %s', (name, make) => {
    let subject: TransactionSubject<never>
    beforeAll(async () => {
      const url = await server.database(`transaction_${name.replace(/\W/g, '')}`)
      const outside = poolOf(url)
      const lease = postgresStore(outside)
      await lease.migrate()
      await outside.query('CREATE TABLE effects (key text)')
      const effects = async (key: string): Promise<number> =>
        (await outside.query('SELECT FROM effects WHERE key = $1', [key])).rowCount ?? 0
      subject = { ...(make(url) as Subject), lease, effects }
    })
    for (const { title, run } of transactionContract(() => subject)) it(title, run)
  })
})
