// next.mjs <app|pages>: starts the built site with `next start` in this very runtime and runs the smoke checks against it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort } from './ports.mjs'
import { delivery, smoke } from './smoke.mjs'

const site = fileURLToPath(new URL('sites/next', import.meta.url))
const port = await freePort()
const server = spawn(
  process.execPath,
  ['node_modules/next/dist/bin/next', 'start', '--hostname', '127.0.0.1', '--port', String(port)],
  { cwd: site, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' } },
)
let output = ''
await new Promise((resolve, reject) => {
  const read = (chunk) => {
    output += chunk
    if (output.includes('Ready in')) resolve()
  }
  server.stdout.on('data', read)
  server.stderr.on('data', read)
  server.on('exit', () => reject(new Error(`next start ended: ${output}`)))
})

const origin = `http://127.0.0.1:${port}`
const pages = process.argv[2] === 'pages'
const result = await smoke(pages ? `${origin}/api/hooks/acme` : `${origin}/hooks/acme`, pages ? { consumed } : {})
server.kill('SIGTERM')
await once(server, 'exit')
console.log(JSON.stringify(result))

/** Where `bodyParser: false` was forgotten. */
async function consumed() {
  assert.equal((await fetch(`${origin}/api/consumed?tenant=acme`, delivery())).status, 500)
}
