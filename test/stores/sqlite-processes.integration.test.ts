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
    await store.migrate()
    const effects = new Database(file)
    effects.exec('PRAGMA busy_timeout = 5000; CREATE TABLE IF NOT EXISTS effects (event TEXT, process TEXT)')
    const write = (database, event) => database.prepare('INSERT INTO effects VALUES (?, ?)').run(event, name)
    const keep = { retentionMs: 60000, tag: 'tag' }
    async function deliver(event) {
      if (mode === 'transaction') {
        const options = { ...keep, maxRunMs: 5000, signal: AbortSignal.timeout(5000) }
        const run = async (transaction) => ({ value: write(transaction, event) })
        return (await store.transaction(event, options, run)).status !== 'busy'
      }
      const nonce = name + Math.random()
      const claimed = await store.claim(event, { ...keep, nonce, leaseMs: 30000 })
      if (claimed.status !== 'won') return claimed.status === 'done'
      write(effects, event)
      return (await store.finish(event, { ...keep, nonce, to: 'done', progress: '' })) === 'ok'
    }
    for (let i = 0; i < 150; i++) {
      const event = 'event ' + Math.floor(Math.random() * 60)
      for (;;) {
        try { if (await deliver(event)) break } catch (error) { if (error.code !== 'ERR_STORE_TIMEOUT') throw error }
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
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
