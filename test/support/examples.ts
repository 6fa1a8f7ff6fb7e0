import { createHmac, randomInt, randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { RunningProgram } from './running-program.js'

export const SECRET = 'a secret for the examples only'

export type Signed = { readonly method: string; readonly headers: Record<string, string>; readonly body: string }

const sha256 = (secret: string, text: string): string => createHmac('sha256', secret).update(text).digest('hex')

/** An issue that was opened, signed with node:crypto. */
export function githubDelivery(secret: string = SECRET): Signed {
  const body = JSON.stringify({ action: 'opened', issue: { id: randomInt(2 ** 40), title: 'It works' } })
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${sha256(secret, body)}`,
  }
  return { method: 'POST', headers, body }
}

export function acmeDelivery(secret: string = SECRET): Signed {
  const body = JSON.stringify({ id: randomUUID(), type: 'payment.settled', amount: 42 })
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = `v1=${sha256(secret, `${timestamp}.${body}`)}`
  return { method: 'POST', headers: { 'x-acme-timestamp': timestamp, 'x-acme-signature': signature }, body }
}

/** An example in a process of its own, on a free port. */
export function startExample(file: string, env: Record<string, string> = {}): RunningProgram {
  return new RunningProgram(`examples/${file}`, {
    GITHUB_WEBHOOK_SECRET: SECRET,
    ACME_WEBHOOK_SECRET: SECRET,
    PORT: '0',
    ...env,
  })
}

/** The genuine delivery runs once, the forged one never, and SIGTERM ends the program. */
export async function isServing(
  program: RunningProgram,
  sign: (secret?: string) => Signed,
  status: number,
  line: string,
): Promise<void> {
  const url = await program.prints(/listening on (\S+)/)
  expect((await fetch(url, sign('another secret'))).status).toBe(401)
  const sent = sign()
  expect((await fetch(url, sent)).status).toBe(status)
  const copy = await fetch(url, sent)
  expect([copy.status, copy.headers.get('x-webhook-duplicate')]).toEqual([200, '1'])
  program.kill('SIGTERM')
  expect(await program.ends()).toBe(0)
  expect(program.output.split('\n').filter((printed) => printed === line)).toHaveLength(1)
}
