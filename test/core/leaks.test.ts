import { inspect } from 'node:util'
import pino from 'pino'
import { expect, it } from 'vitest'
import { acme, receiver, request, SECRET, sign } from '../support/acme.js'

const BODY = { type: 'ping', card: 'private-body-4242' }
const FORBIDDEN = [SECRET, 'private-body-4242', sign(JSON.stringify(BODY))]

function shown(value: unknown): string {
  const lines: string[] = []
  const log = pino({ base: null }, { write: (line: string) => lines.push(line) })
  log.warn({ value }, 'x')
  log.warn({ err: value }, 'x')
  return [
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(value),
    String(value),
    `${lines}`,
  ].join('\n')
}

it('printing, serialising and logging show no secret, signature or body', async () => {
  const provider = acme()
  const { receiver: acmeReceiver, log } = receiver({}, provider)
  const values: unknown[] = [provider, acmeReceiver]
  acmeReceiver
    .on('ping', (event, context) => {
      values.push(event, context)
      throw new Error('handler failed')
    })
    .onError((error, event) => values.push(error, event))
  values.push(await acmeReceiver.verify(request(BODY)))
  values.push(await acmeReceiver.receive(request(BODY)))
  values.push(await acmeReceiver.receive(request(BODY, { headers: { 'acme-signature': 'a'.repeat(64) } })))
  const errors = [
    request('{"card":"private-body-4242"'),
    request(BODY, { headers: { 'acme-signature': undefined } }),
    request(BODY, { headers: { 'acme-signature': 'a'.repeat(64) } }),
  ]
  for (const message of errors)
    await acmeReceiver
      .verify(message)
      .then((delivery) => delivery.events[0]?.payload)
      .catch((error: unknown) => values.push(error))
  values.push(log)
  expect(values.length).toBeGreaterThan(9)
  for (const value of values) {
    const text = shown(value)
    for (const secret of FORBIDDEN)
      expect(text.includes(secret), `${secret.slice(0, 12)} in ${text.slice(0, 2000)}`).toBe(false)
  }
})
