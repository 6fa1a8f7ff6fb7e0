import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Program, program } from '../support/processes.js'

const cases = fileURLToPath(new URL('../drivers/read-only-files.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hookproof-read-only-'))
let worker: Program
beforeAll(async () => {
  worker = await program(`
    import Database from 'libsql'
    import { readOnlyCases } from ${JSON.stringify(cases)}
    import { createReceiver } from 'src/index.js'
    import { github } from 'src/providers/github.js'
    import { sqliteStore } from 'src/stores/sqlite.js'
    const open = (path) => new Database(path)
    const made = await readOnlyCases(process.argv[2], open, { createReceiver, github, sqliteStore })
    const failed = {}
    for (const { title, run } of made.cases) {
      failed[title] = await run().then(() => 'refused', (error) => error.stack)
    }
    made.restore()
    console.log(JSON.stringify(failed))
  `)
})
afterAll(() => {
  worker.remove()
  rmSync(folder, { recursive: true })
})

it('a file that may not be written is refused with one code and 503, runs nothing, and stays as it is', async () => {
  const told: Record<string, string> = JSON.parse(await worker.run(folder))
  expect(told).toEqual({
    'a file and a folder that may not be written': 'refused',
    'a file that may not be written in a folder that may': 'refused',
    'a file in a folder that may not be written': 'refused',
    'a WAL database whose -shm can not be made': 'refused',
    'a WAL database that another process writes': 'refused',
    'a missing file in a folder that may not be written': 'refused',
    'a file in a folder that may not be entered': 'refused',
  })
})
