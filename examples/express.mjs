// Express 4 and 5: one route a receiver. Parsers for other routes come after it.
import express from 'express'
import { createReceiver } from 'hookproof'
import { expressMiddleware } from 'hookproof/express'
import { github } from 'hookproof/providers/github'

const receiver = createReceiver(github({ secret: process.env.GITHUB_WEBHOOK_SECRET }))
  .on('issues.opened', (event) => console.log(`opened: ${event.payload.issue.title}`))
  .onUnhandled((event) => console.log(`ignored: ${event.type}`))

const app = express()
app.all('/webhooks/github', expressMiddleware(receiver))
app.use(express.json())

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`listening on http://127.0.0.1:${port}/webhooks/github`)
})

process.once('SIGTERM', async () => {
  await receiver.close()
  server.close()
})
