import callbacks from 'mysql2'
import mysql from 'mysql2/promise'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type MysqlPool, type MysqlStoreOptions, mysqlStore } from '../../src/stores/mysql.js'
import type { SqlStore } from '../../src/stores/postgres.js'
import { storeContract } from '../../src/testing/store-contract.js'
import { mariadbAvailable, startMariadb, type TestMariadb } from '../support/mariadb.js'
import { patientStore } from '../support/patient-store.js'

/** MySQL calls TEXT a BLOB. */
const textsAsBytes: mysql.TypeCast = (field, next) => (field.type === 'BLOB' ? field.buffer() : next())

describe.runIf(mariadbAvailable())('the MySQL store', () => {
  let server: TestMariadb
  const ends: (() => unknown)[] = []
  beforeAll(async () => {
    server = await startMariadb()
  })
  afterAll(async () => {
    await Promise.all(ends.map((end) => end()))
    await server.stop()
  })

  const promises = (url: string, more: object = {}): mysql.Pool => {
    const pool = mysql.createPool({ uri: url, connectionLimit: 10, ...more })
    ends.push(() => pool.end())
    return pool
  }
  const callbackPool = (url: string): callbacks.Pool => {
    const pool = callbacks.createPool({ uri: url, connectionLimit: 10 })
    ends.push(() => pool.promise().end())
    return pool
  }

  describe.each<[string, (url: string) => MysqlPool, MysqlStoreOptions]>([
    ['promises', promises, {}],
    ['callbacks, another table', callbackPool, { table: 'claims' }],
    ['affected rows without FOUND_ROWS', (url) => promises(url, { flags: ['-FOUND_ROWS'] }), {}],
    ['rows as arrays', (url) => promises(url, { rowsAsArray: true }), {}],
    ['rows by table, texts as bytes', (url) => promises(url, { nestTables: true, typeCast: textsAsBytes }), {}],
  ])('on mysql2 with %s', (name, pool, options) => {
    let store: SqlStore
    beforeAll(async () => {
      store = mysqlStore(pool(await server.database(`contract_${name.replace(/\W/g, '')}`)), options)
      await store.migrate()
    })
    for (const { title, run } of storeContract(() => patientStore(store))) it(title, run)
  })
})
