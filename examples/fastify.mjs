// Fastify 5: an encapsulated plugin. Only its route gets raw bytes; the application's own parsing stays as it is.
import fastify from 'fastify'
import { createReceiver } from 'hookproof'
import { fastifyPlugin } from 'hookproof/fastify'
import { github } from 'hookproof/providers/github'

const receiver = createReceiver(github({ secret: process.env.GITHUB_WEBHOOK_SECRET }))
  .on('issues.opened', (event) => console.log(`opened: ${event.payload.issue.title}`))
  .onUnhandled((event) => console.log(`ignored: ${event.type}`))

const app = fastify()
await app.register(fastifyPlugin(receiver, { path: '/webhooks/github' }))

const origin = await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' })
console.log(`listening on ${origin}/webhooks/github`)

process.once('SIGTERM', async () => {
  await receiver.close()
  await app.close()
})
