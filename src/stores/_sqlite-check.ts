import { statfsSync } from 'node:fs'
import { StoreError } from '../errors.js'
import { pragma, rollback, setUp } from './_sqlite-connection.js'
import type { SqliteDriver } from './_sqlite-driver.js'
import { missingColumns } from './_sqlite-schema.js'

/** Linux's numbers of file systems on which a claim is not safe. @see https://man7.org/linux/man-pages/man2/statfs.2.html */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  16914836: 'tmpfs, which a restart empties',
  2240043254: 'ramfs, which a restart empties',
  26985: 'NFS, whose locks SQLite cannot trust',
  20859: 'SMB, whose locks SQLite cannot trust',
  4283649346: 'CIFS, whose locks SQLite cannot trust',
  4266872130: 'SMB2, whose locks SQLite cannot trust',
}

/** What `check()` of the SQLite store finds. */
export function checkSqlite(driver: SqliteDriver, table: string): readonly string[] {
  setUp(driver)
  // Where nothing can be written the rest can often not be read either.
  return checkWriting(driver) ?? [...checkSettings(driver), ...checkTable(driver, table), ...checkPlace(driver)]
}

/** Only a write that is begun shows what the file, its folder and the file system refuse. It is taken back, and waits for nobody. */
function checkWriting(driver: SqliteDriver): string[] | undefined {
  if (Number(pragma(driver, 'query_only')) === 1) return ['query_only is on: nothing can be claimed.']
  try {
    driver.exec('BEGIN IMMEDIATE')
    try {
      driver.exec(`PRAGMA user_version = ${Number(pragma(driver, 'user_version'))}`)
    } finally {
      rollback(driver)
    }
    return undefined
  } catch (error) {
    const code = error instanceof StoreError ? error.code : undefined
    if (code === 'ERR_STORE_TIMEOUT') return undefined // another one is writing
    if (code !== 'ERR_STORE_UNAVAILABLE') throw error
    return [
      'this process may not write the file, or make the files beside it that a write needs: nothing can be claimed.',
    ]
  }
}

function checkSettings(driver: SqliteDriver): string[] {
  const found: string[] = []
  const journal = String(pragma(driver, 'journal_mode'))
  if (journal === 'off') found.push('journal_mode is off: a crash can damage the file.')
  else if (journal !== 'wal') found.push(`journal_mode is ${journal}, not WAL: claims wait for readers.`)
  if (Number(pragma(driver, 'synchronous')) < 2) {
    found.push('synchronous is below FULL: a power cut can lose the last finished events, which then run again.')
  }
  return found
}

function checkTable(driver: SqliteDriver, table: string): string[] {
  const missing = missingColumns(driver, table).map((column) => column.split(' ')[0])
  return missing.length === 0 ? [] : [`table ${table} lacks ${missing.join(', ')}: run \`await store.migrate()\`.`]
}

function checkPlace(driver: SqliteDriver): string[] {
  const main = driver.all('PRAGMA database_list').find(({ name }) => name === 'main')
  const file = typeof main?.file === 'string' ? main.file : ''
  if (file === '') return ['the database is in memory: a restart forgets every event.']
  try {
    const kind = FILE_SYSTEMS[statfsSync(file).type]
    return kind === undefined ? [] : [`the file lies on ${kind}.`]
  } catch {
    return []
  }
}
