import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { mariadbAvailable } from '../support/mariadb.js'
import { postgresAvailable } from '../support/postgres.js'

const script = fileURLToPath(new URL('../storm/storm.mjs', import.meta.url))

/** What the judge says, a process of its own, and its exit code. */
function storm(store: string, ...options: string[]): Promise<{ readonly [field: string]: unknown }> {
  const size = ['--deliveries', '200', '--events', '10', '--direct']
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, '--store', store, ...size, ...options], (error, stdout, stderr) => {
      if (stdout === '') return reject(new Error(`the storm did not end: ${stderr}`, { cause: error }))
      resolve({ ...JSON.parse(stdout), code: error === null ? 0 : error.code })
    })
  })
}

describe.each([
  ['sqlite', true],
  ['sqlite transaction', true],
  ['postgres', postgresAvailable()],
  ['postgres transaction', postgresAvailable()],
  ['mariadb', mariadbAvailable()],
])('200 deliveries of 10 events by 4 processes on %s', (store, available) => {
  it.runIf(available)('have 10 effects', async () => {
    expect(await storm(store)).toMatchObject({ ok: true, code: 0, effects: 10, lost: 0, unanswered: 0, doubled: 0 })
  })

  it.runIf(available)('are refused by the judge where every claim is won: each event has several effects', async () => {
    const verdict = { ok: false, code: 1, lost: 0, unanswered: 0, doubled: 10, takeovers: 0, unexplained: 10 }
    const result = await storm(store, '--broken')
    expect(result).toMatchObject(verdict)
    expect(result.effects).toBeGreaterThanOrEqual(200)
  })
})
