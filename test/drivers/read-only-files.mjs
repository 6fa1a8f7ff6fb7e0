// The SQLite store on files that it truly may not write. Root may write everything, so a process of root's makes the files and goes on as
// another user; any other takes its own rights away.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { accessSync, chmodSync, constants, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const NOBODY = 65534
const SECRET = 'a secret of more than 16 bytes'
const claim = { nonce: 'n', leaseMs: 60_000, retentionMs: 60_000, tag: 'tag' }
const done = { ...claim, to: 'done', progress: '' }

/** Each with the mode of its files and of its folder. */
const PLACES = [
  ['a file and a folder that may not be written', { journal: 'DELETE', file: 0o444, folder: 0o555 }],
  ['a file that may not be written in a folder that may', { journal: 'DELETE', file: 0o444, folder: 0o777 }],
  ['a file in a folder that may not be written', { journal: 'DELETE', file: 0o666, folder: 0o555 }],
  ['a WAL database whose -shm can not be made', { journal: 'WAL', file: 0o666, folder: 0o555 }],
  ['a WAL database that another process writes', { journal: 'WAL', open: true, file: 0o444, folder: 0o555 }],
  ['a missing file in a folder that may not be written', { folder: 0o555, absent: true }],
  ['a file in a folder that may not be entered', { journal: 'DELETE', file: 0o666, folder: 0o000, absent: true }],
]

/**
 * Makes the files in `folder`, gives up the right to write them, and returns a case for each, and what takes the folders back to where
 * their owner may remove them. `open` opens a database, `sources` holds `createReceiver`, `github` and `sqliteStore`.
 */
export async function readOnlyCases(folder, open, sources) {
  chmodSync(folder, 0o755)
  const places = []
  for (const [title, place] of PLACES) places.push(await make(join(folder, String(places.length)), title, place))
  if (process.getuid() === 0) {
    process.setgroups([])
    process.setgid(NOBODY)
    process.setuid(NOBODY)
  }
  const cases = places.map((place) => ({ title: place.title, run: () => isRefused(place, open, sources) }))
  return { cases, restore: () => places.forEach(restore) }

  async function make(within, title, { journal, open: kept, file: fileMode, folder: mode, absent = false }) {
    mkdirSync(within)
    const file = join(within, 'events.db')
    if (journal !== undefined) {
      const database = open(file)
      const store = sources.sqliteStore(database)
      await store.migrate()
      database.exec(`PRAGMA journal_mode = ${journal}`)
      await store.claim('held', claim)
      if (!kept) closeAlone(database, file)
      for (const name of readdirSync(within)) chmodSync(join(within, name), fileMode)
    }
    chmodSync(within, mode)
    return { title, file, within, absent }
  }
}

/** libsql leaves log and index behind where it still has statements. */
function closeAlone(database, file) {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
}

function restore({ within }) {
  try {
    chmodSync(within, 0o755)
  } catch {
    // Root's, who needs no leave to remove it.
  }
}

async function isRefused({ file, within, absent }, open, { createReceiver, github, sqliteStore }) {
  assertUnwritable(file, within)
  const before = contents(within)
  const refused = ({ code }) => absent || assert.equal(code, 'ERR_STORE_UNAVAILABLE') === undefined
  const used = []
  const storeWith = (options) => {
    used.push(sqliteStore(() => open(file), options))
    return used.at(-1)
  }
  const run = { tag: 'tag', retentionMs: 60_000, maxRunMs: 5000, signal: AbortSignal.timeout(5000) }
  let runs = 0
  const lease = storeWith()
  await assert.rejects(async () => lease.claim('new', claim), refused)
  await assert.rejects(async () => lease.renew('held', claim), refused)
  await assert.rejects(async () => lease.finish('held', done), refused)
  await assert.rejects(storeWith({ table: 'another' }).migrate(), refused)
  await assert.rejects(
    storeWith({ transaction: true }).transaction('new', run, async () => ({ value: ++runs })),
    refused,
  )
  for (const options of [{}, { transaction: true }]) {
    const codes = []
    const receiver = createReceiver(github({ secret: SECRET }), { store: storeWith(options), logger: false })
    receiver.onAny(() => ++runs).onError(({ code }) => codes.push(code))
    const { status, outcome, headers } = await receiver.receive(delivery())
    const seen = { status, outcome, codes, later: 'retry-after' in headers }
    assert.deepEqual(seen, { status: 503, outcome: 'unavailable', codes: ['ERR_STORE_UNAVAILABLE'], later: true })
  }
  assert.equal(runs, 0)
  if (absent) await assert.rejects(storeWith().check())
  else assert.match((await storeWith().check()).join(), /^this process may not write the file[^,]*, [^.]*\.$/)
  for (const store of used) await store.close()
  assert.deepEqual(contents(within), before)
}

/** Where this does not hold the case would show nothing. */
function assertUnwritable(file, within) {
  const refuses = (path) => assert.throws(() => accessSync(path, constants.W_OK), /EACCES|ENOENT/)
  if (mayWrite(within)) refuses(file)
  else refuses(within)
}

function mayWrite(path) {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Every file with what it holds; the index of a WAL is no data, and readers write themselves into it. */
function contents(within) {
  try {
    const names = readdirSync(within).sort()
    return names.map((name) => [name, name.endsWith('-shm') ? '' : readFileSync(join(within, name)).toString('hex')])
  } catch ({ code }) {
    return code
  }
}

function delivery() {
  const body = JSON.stringify({ action: 'opened', issue: {} })
  const signature = createHmac('sha256', SECRET).update(body).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-delivery': '0b989ba4-242f-11e5-81e1-c7b6966d2516',
    'x-hub-signature-256': `sha256=${signature}`,
  }
  return { method: 'POST', url: '/', headers, body }
}
