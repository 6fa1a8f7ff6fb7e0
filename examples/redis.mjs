// Redis as the store: every process that shares it runs an event once. Each service has a prefix of its own.
import express from 'express'
import { createReceiver } from 'hookproof'
import { expressMiddleware } from 'hookproof/express'
import { github } from 'hookproof/providers/github'
import { redisStore } from 'hookproof/stores/redis'
import { Redis } from 'ioredis'

const options = { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 1 }
const client = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', options)
client.on('error', (error) => console.error(error.message))
await client.connect()

const receiver = createReceiver(github({ secret: process.env.GITHUB_WEBHOOK_SECRET }), {
  store: redisStore(client, { prefix: 'billing:' }),
})
  .on('issues.opened', (event) => console.log(`opened: ${event.payload.issue.title}`))
  .onUnhandled((event) => console.log(`ignored: ${event.type}`))

for (const problem of await receiver.check()) console.warn(problem)

const app = express()
app.all('/webhooks/github', expressMiddleware(receiver))

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`listening on http://127.0.0.1:${port}/webhooks/github`)
})

process.once('SIGTERM', async () => {
  await receiver.close()
  server.close(() => client.disconnect())
})
