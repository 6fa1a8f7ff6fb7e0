// Guard mode: hookproof verifies and claims, your own route does the work. A 2xx of yours records the event as done, anything else
// frees it for a retry.
import express from 'express'
import { createReceiver } from 'hookproof'
import { expressGuard } from 'hookproof/express'
import { github } from 'hookproof/providers/github'

const receiver = createReceiver(github({ secret: process.env.GITHUB_WEBHOOK_SECRET }))

const app = express()
app.post('/webhooks/github', expressGuard(receiver), (req, res) => {
  for (const event of req.webhook?.events ?? []) console.log(`let in: ${event.type}`)
  res.status(202).send('thank you')
})

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`listening on http://127.0.0.1:${port}/webhooks/github`)
})

process.once('SIGTERM', async () => {
  await receiver.close()
  server.close()
})
