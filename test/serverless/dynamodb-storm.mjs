// 2,000 deliveries of 200 events to four receiving processes on one table; the effects are lines of a file.
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createTable, startDynalite } from './dynalite.mjs'
import { judge } from './judge.mjs'

const PROCESSES = 4
const worker = fileURLToPath(new URL('dynamodb-worker.mjs', import.meta.url))

export async function dynamodbStorm(suite, { url, folder }, { dynamodbSchema }) {
  const server = await startDynalite(true)
  await createTable(server.client(), dynamodbSchema('storm'))
  const run = async (deduplicate) => {
    const begun = performance.now()
    const events = Array.from({ length: 200 }, () => randomUUID())
    const effects = `${folder}/effects-${deduplicate}`
    const settings = { url, endpoint: server.endpoint, table: 'storm', effects, deduplicate }
    const workers = Array.from({ length: PROCESSES }, () =>
      fork(worker, [JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'ignore', 'ipc'] }),
    )
    await Promise.all(workers.map((each) => once(each, 'message')))
    // Copies of one event go to all four at once: each takes 500 of the 2,000.
    const statuses = {}
    const answers = workers.map(async (each, index) => {
      const ids = Array.from({ length: 500 }, (_, at) => events[(at + (index % 2)) % 200])
      each.send(ids)
      const [counted] = await once(each, 'message')
      for (const [status, count] of Object.entries(counted)) statuses[status] = (statuses[status] ?? 0) + count
      each.disconnect()
      await once(each, 'exit')
    })
    await Promise.all(answers)
    const lines = existsSync(effects) ? readFileSync(effects, 'utf8').trimEnd().split('\n') : []
    const verdict = judge(events, lines)
    const ms = Math.round(performance.now() - begun)
    console.log(`     ${deduplicate ? 'store' : 'no store'}: ${JSON.stringify({ ...verdict, statuses, ms })}`)
    return { verdict, statuses }
  }
  await suite.run('dynamodb storm', [
    {
      title: '2,000 deliveries of 200 events by 4 processes have exactly 200 effects',
      run: async () => {
        const { verdict, statuses } = await run(true)
        assert.deepEqual(verdict, { events: 200, effects: 200, lost: 0, doubled: 0 })
        assert.equal(statuses[200], 2000)
      },
    },
    {
      title: 'without a store they have 2,000, and the judge says so',
      run: async () => {
        const { verdict } = await run(false)
        assert.deepEqual(verdict, { events: 200, effects: 2000, lost: 0, doubled: 200 })
      },
    },
  ])
  await server.stop()
}
