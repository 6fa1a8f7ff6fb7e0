import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, it } from 'vitest'
import {
  type PostgresClient,
  type PostgresStoreOptions,
  postgresStore,
  type SqlStore,
} from '../../src/stores/postgres.js'
import { storeContract } from '../../src/testing/store-contract.js'
import { patientStore } from '../support/patient-store.js'
import { postgresAvailable, startPostgres, type TestPostgres } from '../support/postgres.js'

describe.runIf(postgresAvailable())('the Postgres store', () => {
  let server: TestPostgres
  const clients: { end(): Promise<unknown> }[] = []
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()))
    await server.stop()
  })

  const kept = <C extends { end(): Promise<unknown> }>(client: C): C => {
    clients.push(client)
    return client
  }
  const withPg = (url: string, more: object = {}): pg.Pool =>
    kept(new pg.Pool({ connectionString: url, max: 10, ...more }))

  describe.each<[string, (url: string) => PostgresClient, PostgresStoreOptions]>([
    ['pg', withPg, {}],
    ['pg, prepared', withPg, { prepare: true, table: 'claims', schema: 'hooks' }],
    ['pg, in batches', withPg, { batch: true }],
    ['postgres.js', (url) => kept(postgres(url, { onnotice: () => undefined })), {}],
    [
      'postgres.js, prepared, in batches',
      (url) => kept(postgres(url, { onnotice: () => undefined })),
      { prepare: true, batch: true },
    ],
    ['postgres.js, prepared', (url) => kept(postgres(url, { onnotice: () => undefined })), { prepare: true }],
    [
      'a query function',
      (url) => {
        const pool = withPg(url)
        return { query: (text: string, values?: never) => pool.query(text, values) }
      },
      {},
    ],
    [
      'a pool in REPEATABLE READ',
      (url) => withPg(url, { options: '-c default_transaction_isolation=repeatable\\ read' }),
      {},
    ],
    ['a pool in SERIALIZABLE', (url) => withPg(url, { options: '-c default_transaction_isolation=serializable' }), {}],
  ])('on %s', (name, client, options) => {
    let store: SqlStore
    beforeAll(async () => {
      const url = await server.database(`contract_${name.replace(/\W/g, '').toLowerCase()}`)
      store = postgresStore(client(url), options as PostgresStoreOptions & { transaction?: false })
      await store.migrate()
    })
    for (const { title, run } of storeContract(() => patientStore(store))) it(title, run)
  })
})
