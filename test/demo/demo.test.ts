import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const main = fileURLToPath(new URL('../../demo/main.mjs', import.meta.url))
const run = promisify(execFile)

/** A minute is the demo's own limit. */
const MINUTE = 60_000

async function demo(...options: string[]): Promise<{ readonly code: number; readonly output: string }> {
  try {
    const { stdout } = await run(process.execPath, [main, ...options], { timeout: MINUTE })
    return { code: 0, output: stdout }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string } // what execFile rejects with
    return { code, output: stdout + stderr }
  }
}

describe('the demo', () => {
  it('ends well, with every payload of GitHub handled once', { timeout: MINUTE }, async () => {
    const { code, output } = await demo()
    expect(output).toMatch(/^\d{3} checks of 5 senders in [\d.]+ s: all as expected$/m)
    expect(output).toContain('All 329 payloads of @octokit/webhooks-examples')
    expect(output).toMatch(/^genuine, every payload \(1\) +200 · all +200 · 328 /m)
    expect(code).toBe(0)
  })

  it('takes a genuine and refuses a forged delivery of every provider with --all', { timeout: MINUTE }, async () => {
    const { code, output } = await demo('--all')
    const providers = readdirSync(new URL('../../src/providers/', import.meta.url)).filter((file) =>
      /^[a-z]/.test(file),
    )
    for (const file of providers)
      expect(output).toMatch(new RegExp(`^${file.replace('.ts', '')} .*20[04] · 1 +401 · 0$`, 'm'))
    expect(output).toMatch(
      new RegExp(`^\\d{3} checks of ${providers.length} senders in [\\d.]+ s: all as expected$`, 'm'),
    )
    expect(code).toBe(0)
  })

  it.each([
    ['verify', ['forged with another secret', 'one byte of the body changed', 'one byte of the signature changed']],
    ['dedupe', ['each of them a second time', '50 copies at once, 503 sent again', 'slow handler, a copy meanwhile']],
    ['freshness', ['a day old', 'an hour in the future']],
  ])('ends with exit code 1 with --break %s', { timeout: MINUTE }, async (step, rows) => {
    const { code, output } = await demo('--break', step)
    for (const row of rows) expect(output).toContain(`✗ Stripe, ${row}: expected`)
    expect(output).not.toMatch(/\b(?:ECONN|ETIMEDOUT|no answer)/)
    expect(code).toBe(1)
  })

  it('stays up with --serve and prints curl lines that work', { timeout: MINUTE }, async () => {
    const child = spawn(process.execPath, [main, '--serve'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exit = once(child, 'exit')
    try {
      const lines: string[] = []
      for await (const line of createInterface(child.stdout)) {
        if (line.includes('curl -i')) lines.push(line)
        if (lines.length === 5) break
      }
      const answers = await Promise.all(
        lines.map(async (line) => (await run('bash', ['-c', line])).stdout.split('\r\n')[0]),
      )
      expect(answers).toEqual(Array(5).fill('HTTP/1.1 200 OK'))
    } finally {
      child.kill('SIGTERM')
    }
    expect(await exit).toEqual([0, null])
  })
})
