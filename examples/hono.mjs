// Hono, on whatever runtime it runs. Path parameters pick the tenant's secret.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createReceiver } from 'hookproof'
import { fetchHandler } from 'hookproof/fetch'
import { github } from 'hookproof/providers/github'

const secrets = new Map([['acme', process.env.GITHUB_WEBHOOK_SECRET]])

const receiver = createReceiver(
  github({
    secret: ({ params }) => ({ tenant: params.tenant ?? '', secret: secrets.get(params.tenant ?? '') ?? null }),
  }),
)
  .on('issues.opened', (event) => console.log(`opened: ${event.payload.issue.title}`))
  .onUnhandled((event) => console.log(`ignored: ${event.type}`))

const webhooks = fetchHandler(receiver)
const app = new Hono()
app.all('/webhooks/github/:tenant', (c) => webhooks(c.req.raw, { params: c.req.param() }))

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 0), hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`listening on http://127.0.0.1:${port}/webhooks/github/acme`)
})

process.once('SIGTERM', async () => {
  await receiver.close()
  server.close()
})
