import Database from 'libsql'
import { afterAll, describe, it } from 'vitest'
import { sqliteStore } from '../../src/stores/sqlite.js'
import { storeContract } from '../../src/testing/store-contract.js'
import { patientStore } from '../support/patient-store.js'
import { sqliteFolder } from '../support/sqlite.js'

const folder = sqliteFolder()
afterAll(folder.remove)

describe('the SQLite store on an open database', async () => {
  const store = sqliteStore(new Database(folder.file()))
  await store.migrate()
  for (const { title, run } of storeContract(() => patientStore(store))) it(title, run)
})

describe('the SQLite store on a path, with a table of its own name', async () => {
  const store = sqliteStore(folder.file(), { table: 'claims' })
  await store.migrate()
  for (const { title, run } of storeContract(() => patientStore(store))) it(title, run)
})

describe('the lease mode of a SQLite store that has transactions', async () => {
  const file = folder.file()
  const store = sqliteStore(() => new Database(file), { transaction: true })
  await store.migrate()
  for (const { title, run } of storeContract(() => patientStore(store))) it(title, run)
})
