// npm run demo: starts the server and, as a second process, the sender that judges it.
//   --serve                          leaves the server up and prints curl lines
//   --all                            adds one genuine and one forged delivery for every provider
//   --break verify|dedupe|freshness  switches that step off, so that the table shows what it is for
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeKeys } from './keys.mjs'
import { curlLines } from './senders/curl.mjs'

const TIME_LIMIT_MS = 55_000

const { values: options } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    break: { type: 'string', default: '' },
  },
})
if (!['', 'verify', 'dedupe', 'freshness'].includes(options.break)) {
  console.error('--break takes verify, dedupe or freshness')
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'hookproof-demo-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0))

const hex = () => randomBytes(20).toString('hex')
const whsec = () => `whsec_${randomBytes(32).toString('base64')}`
const secrets = {
  github: [hex(), hex()],
  stripe: [whsec(), whsec()],
  slack: [hex(), hex()],
  'standard-webhooks': [whsec(), whsec()],
  hmac: [hex(), hex()],
}

const env = {
  ...process.env,
  DEMO_SECRETS: JSON.stringify(secrets),
  DEMO_EFFECTS: join(folder, 'effects.jsonl'),
  DEMO_BREAK: options.break,
}
const keys = options.all ? { known: makeKeys(), strange: makeKeys() } : undefined
const start = (file, more) => fork(fileURLToPath(new URL(file, import.meta.url)), { env: { ...env, ...more } })

const server = start('server.mjs', keys && { DEMO_KEYS: JSON.stringify(keys.known.receiver) })
const ready = await Promise.race([
  once(server, 'message').then(([message]) => message),
  once(server, 'exit').then(() => undefined),
])
if (ready === undefined) {
  console.error('the server did not start: npm run build')
  process.exit(1)
}
server.once('exit', () => process.exit(1))

const signing = keys && { DEMO_KEYS: JSON.stringify({ known: keys.known.sender, strange: keys.strange.sender }) }
const sender = start('sender.mjs', { DEMO_ORIGIN: ready.origin, ...signing })
const timer = setTimeout(() => {
  console.error(`the sender was not done after ${TIME_LIMIT_MS / 1000} s`)
  sender.kill()
}, TIME_LIMIT_MS)
const [code] = await once(sender, 'exit')
clearTimeout(timer)
process.exitCode = code ?? 1

if (options.serve) {
  console.log(`\nThe server stays up at ${ready.origin} until Ctrl+C. Signed by openssl, one line each:\n`)
  for (const line of curlLines(ready.origin, secrets)) console.log(`${line}\n`)
} else {
  server.removeAllListeners('exit')
  server.kill()
}
