import Database from 'libsql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Program, program } from '../support/processes.js'
import { sqliteFolder } from '../support/sqlite.js'

const folder = sqliteFolder()
let worker: Program
beforeAll(async () => {
  worker = await program(`
    import Database from 'libsql'
    import { sqliteStore } from 'src/stores/sqlite.js'
    const [file, mode, name] = process.argv.slice(2)
    const store = sqliteStore(() => new Database(file), { transaction: mode === 'transaction' })
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
    // A verb that finds the file locked for all of its time has done nothing. Asked again by itself: a delivery that is begun anew after
    // its finish timed out has to wait for its own lease, and doubles its effect.
    async function patiently(verb) {
      for (;;) {
        try { return await verb() } catch (error) { if (error.code !== 'ERR_STORE_TIMEOUT') throw error }
        await pause(5)
      }
    }
    await patiently(() => store.migrate())
    const effects = new Database(file)
    effects.exec('PRAGMA busy_timeout = 60000; CREATE TABLE IF NOT EXISTS effects (event TEXT, process TEXT)')
    // All of them are there before one begins, or it may have done everything by then.
    effects.exec('CREATE TABLE IF NOT EXISTS present (process TEXT)')
    effects.prepare('INSERT INTO present VALUES (?)').run(name)
    while (effects.prepare('SELECT process FROM present').all().length < 4) await pause(5)
    const write = (database, event) => database.prepare('INSERT INTO effects VALUES (?, ?)').run(event, name)
    const keep = { retentionMs: 60000, tag: 'tag' }
    async function deliver(event) {
      if (mode === 'transaction') {
        const options = { ...keep, maxRunMs: 60000, signal: AbortSignal.timeout(60000) }
        const run = async (transaction) => ({ value: write(transaction, event) })
        return (await patiently(() => store.transaction(event, options, run))).status !== 'busy'
      }
      const nonce = name + Math.random()
      const claimed = await patiently(() => store.claim(event, { ...keep, nonce, leaseMs: 600000 }))
      if (claimed.status !== 'won') return claimed.status === 'done'
      await pause(1)
      write(effects, event)
      return (await patiently(() => store.finish(event, { ...keep, nonce, to: 'done', progress: '' }))) === 'ok'
    }
    for (let i = 0; i < 150; i++) {
      const event = 'event ' + Math.floor(Math.random() * 60)
      while (!(await deliver(event))) await pause(5)
    }
  `)
})
afterAll(() => {
  worker.remove()
  folder.remove()
})

it.each(['lease', 'transaction'])(
  '4 processes that migrate and deliver at once have one effect an event, in %s mode',
  async (mode) => {
    const file = folder.file()
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => worker.run(file, mode, name)))
    const database = new Database(file)
    const events = database.prepare('SELECT event, count(*) AS n FROM effects GROUP BY event').all() as { n: number }[]
    expect(events.length).toBeGreaterThan(40)
    expect([...new Set(events.map(({ n }) => n))]).toEqual([1])
    expect(database.prepare('SELECT DISTINCT process FROM effects').all().length).toBeGreaterThan(1)
  },
)
