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
  const withPostgresJs = (url: string): postgres.Sql => kept(postgres(url, { onnotice: () => undefined }))
  const renaming = (transform: object) => (url: string) => kept(postgres(url, { onnotice: () => undefined, transform }))
  const withQuery = (url: string): PostgresClient => {
    const pool = withPg(url)
    return { query: (text: string, values?: never) => pool.query(text, values) }
  }
  const withLevel = (level: string) => (url: string) =>
    withPg(url, { options: `-c default_transaction_isolation=${level}` })

  describe.each<[string, (url: string) => PostgresClient, PostgresStoreOptions]>([
    ['pg', withPg, {}],
    ['pg, one by one', withPg, { batch: false }],
    ['pg, prepared', withPg, { prepare: true, table: 'claims', schema: 'hooks' }],
    ['pg, prepared, one by one', withPg, { prepare: true, batch: false }],
    ['postgres.js', withPostgresJs, {}],
    ['postgres.js, one by one', withPostgresJs, { batch: false }],
    ['postgres.js, prepared', withPostgresJs, { prepare: true }],
    ['postgres.js, prepared, one by one', withPostgresJs, { prepare: true, batch: false }],
    ['postgres.js, columns in PascalCase', renaming(postgres.toPascal), {}],
    ['a query function', withQuery, {}],
    ['a query function, one by one', withQuery, { batch: false }],
    ['a pool in REPEATABLE READ', withLevel('repeatable\\ read'), {}],
    ['a pool in REPEATABLE READ, one by one', withLevel('repeatable\\ read'), { batch: false }],
    ['a pool in SERIALIZABLE', withLevel('serializable'), {}],
    ['a pool in SERIALIZABLE, one by one', withLevel('serializable'), { batch: false }],
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
