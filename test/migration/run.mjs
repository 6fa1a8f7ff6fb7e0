// Both sides of every pair in docs/migration.md: each takes a genuine delivery and refuses a forged one; the right-hand side runs a repeated
// delivery once. What signs is the vendor's own package, openssl or node:crypto.
import { fork } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sign } from '@octokit/webhooks-methods'
import Stripe from 'stripe'
import { Webhook } from 'svix'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const seconds = () => Math.floor(Date.now() / 1000)
const hmac = (secret, text) => createHmac('sha256', secret).update(text).digest('hex')

/** What each vendor sends, and what the handler in the docs makes of it. */
const vendors = {
  octokit: {
    secret: 'the secret of this webhook',
    body: {
      action: 'opened',
      issue: { title: 'It rains in', updated_at: '2026-01-01T00:00:00Z' },
      repository: {},
      sender: {},
    },
    handled: 'It rains in',
    headers: async (secret, body) => ({
      'x-github-event': 'issues',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': await sign(secret, body),
    }),
  },
  stripe: {
    secret: 'whsec_aSecretOfThisEndpointAlone',
    body: { id: 'evt_1', object: 'event', type: 'invoice.paid', created: seconds(), data: { object: { id: 'in_1' } } },
    handled: 'in_1',
    headers: async (secret, payload) => ({
      'stripe-signature': new Stripe('sk_test_x').webhooks.generateTestHeaderString({ payload, secret }),
    }),
  },
  bolt: {
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    body: {
      type: 'event_callback',
      team_id: 'T1',
      api_app_id: 'A1',
      event_id: 'Ev1',
      event_time: seconds(),
      event: { type: 'team_join', user: { id: 'U7', team_id: 'T1' } },
    },
    handled: 'U7',
    headers: async (secret, body) => {
      const timestamp = String(seconds())
      return {
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${hmac(secret, `v0:${timestamp}:${body}`)}`,
      }
    },
  },
  svix: {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    body: { type: 'user.created', data: { id: 'user_1' } },
    handled: 'user_1',
    headers: async (secret, body) => ({
      'svix-id': 'msg_1',
      'svix-timestamp': String(seconds()),
      'svix-signature': new Webhook(secret).sign('msg_1', new Date(), body),
    }),
  },
  hmac: {
    secret: 'a secret of twenty bytes or more',
    body: { type: 'order.paid', id: 'order_1' },
    handled: 'order_1',
    headers: async (secret, body) => ({ 'x-signature': hmac(secret, body) }),
  },
}
const OTHER_SECRETS = { stripe: 'whsec_anotherSecret', svix: 'whsec_YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg==' }

const page = readFileSync(here('../../docs/migration.md'), 'utf8')
const snippets = [...page.matchAll(/^```js (before|after) (\w+)\n([\s\S]*?)^```$/gm)]
const folder = mkdtempSync(join(tmpdir(), 'hookproof-migration-'))
const results = []
const check = (title, fine, seen) => {
  results.push(fine)
  console.log(`${fine ? 'ok  ' : 'FAIL'} ${title}${fine ? '' : `: ${JSON.stringify(seen)}`}`)
}

async function run(side, name, code) {
  const { secret, body, handled, headers } = vendors[name]
  const file = join(folder, `${side}-${name}.mjs`)
  writeFileSync(file, code)
  const env = { ...process.env, WEBHOOK_SECRET: secret, STRIPE_KEY: 'sk_test_x', SLACK_TOKEN: 'xoxb-x' }
  const child = fork(here('host.mjs'), [file], { env, silent: true })
  const seen = []
  child.on('message', (message) => 'handled' in message && seen.push(message.handled))
  /** Some answer before their handlers run. */
  const settled = async (count) => {
    const patience = AbortSignal.timeout(5000)
    while (seen.length < count && !patience.aborted) await once(child, 'message', { signal: patience }).catch(() => {})
    child.send('flush')
    await once(child, 'message')
    return seen
  }
  const [{ port }] = await once(child, 'message')
  const text = JSON.stringify(body)
  const post = async (signed) => {
    const response = await fetch(`http://127.0.0.1:${port}/hook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signed },
      body: text,
    })
    return response.status
  }
  const genuine = await headers(secret, text)
  const taken = await post(genuine)
  await settled(1)
  check(`${side} ${name}: a genuine delivery is handled`, taken < 300 && seen.join() === handled, { taken, seen })
  const refused = await post(await headers(OTHER_SECRETS[name] ?? `another ${secret}`, text))
  check(`${side} ${name}: a forged one is refused`, refused >= 400 && refused < 500 && seen.length === 1, {
    refused,
    seen,
  })
  const repeated = await post(genuine)
  const times = side === 'before' ? 2 : 1
  await settled(times)
  check(
    `${side} ${name}: a repeated one runs ${times === 1 ? 'once' : 'again'}`,
    repeated < 300 && seen.length === times,
    {
      repeated,
      seen,
    },
  )
  child.kill()
}

for (const [, side, name, code] of snippets) await run(side, name, code)
const sides = Object.keys(vendors).flatMap((name) => [`before ${name}`, `after ${name}`])
const found = snippets.map(([, side, name]) => `${side} ${name}`)
check('docs/migration.md holds every pair', sides.join() === found.join(), found)

rmSync(folder, { recursive: true })
const passed = results.filter(Boolean).length
mkdirSync(here('reports'), { recursive: true })
writeFileSync(here('reports/tests.json'), JSON.stringify({ passed, failed: results.length - passed }))
console.log(`${passed} passed, ${results.length - passed} failed`)
process.exit(passed === results.length ? 0 : 1)
