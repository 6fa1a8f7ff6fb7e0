import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { describeRedis } from '../support/redis.js'

const script = fileURLToPath(new URL('../storm/storm.mjs', import.meta.url))
const LIMIT_MS = 150_000

interface Result {
  readonly ok: boolean
  readonly events: number
  readonly effects: number
  readonly lost: number
  readonly unanswered: number
  readonly kills: number
  readonly takeovers: number
  readonly doubled: number
  readonly unexplained: number
  readonly statuses: Readonly<Record<string, number>>
}

/** What the judge says, a process of its own that reads files and nothing else. */
function storm(...options: string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, ...options], { timeout: LIMIT_MS }, (error, stdout, stderr) => {
      if (stdout === '') return reject(new Error(`the storm did not end: ${stderr}`, { cause: error }))
      console.log(stdout.trim())
      resolve(JSON.parse(stdout))
    })
  })
}

describeRedis('20,000 deliveries of 500 events by 4 processes against one Redis', 'any server', () => {
  it('have exactly 500 effects', { timeout: LIMIT_MS }, async () => {
    const result = await storm('--store', 'redis')
    expect(result).toMatchObject({ ok: true, events: 500, effects: 500, lost: 0, unanswered: 0, doubled: 0 })
    expect(result.statuses['200']).toBe(20_000)
  })

  it('have 20,000 without a store, and the judge says so', { timeout: LIMIT_MS }, async () => {
    const result = await storm('--store', 'none')
    expect(result).toMatchObject({ ok: false, doubled: 500, unexplained: 500 })
    expect(result.effects).toBeGreaterThanOrEqual(20_000)
  })

  it('lose none where workers are killed, and double only what was taken over', { timeout: LIMIT_MS }, async () => {
    const result = await storm('--store', 'redis', '--kill')
    expect(result).toMatchObject({ ok: true, events: 500, lost: 0, unanswered: 0, unexplained: 0 })
    expect(result.kills).toBeGreaterThan(0)
    expect(result.doubled).toBeLessThanOrEqual(result.takeovers)
    expect(result.effects).toBeLessThanOrEqual(500 + result.takeovers)
  })
})
