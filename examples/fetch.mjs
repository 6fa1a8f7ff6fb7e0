// Request -> Response: the same function is a Next.js route handler (`export const POST = handler`), a Worker's
// fetch, or the handler of Bun.serve and Deno.serve. Here Node hands it one request and prints the answer.
import { createHmac } from 'node:crypto'
import { createReceiver } from 'hookproof'
import { fetchHandler } from 'hookproof/fetch'
import { github } from 'hookproof/providers/github'

const secret = process.env.GITHUB_WEBHOOK_SECRET ?? 'a secret for this example only'

const receiver = createReceiver(github({ secret })).on('issues.opened', (event) =>
  console.log(`opened: ${event.payload.issue.title}`),
)

export const handler = fetchHandler(receiver)

const body = JSON.stringify({ action: 'opened', issue: { id: 1, title: 'It works' } })
for (const key of [secret, 'another secret']) {
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
  }
  const response = await handler(new Request('https://example.com/webhooks/github', { method: 'POST', headers, body }))
  console.log(`answered: ${response.status}`)
}
