// No framework: node:http alone.
import { createServer } from 'node:http'
import { createReceiver } from 'hookproof'
import { nodeListener } from 'hookproof/node'
import { github } from 'hookproof/providers/github'

const receiver = createReceiver(github({ secret: process.env.GITHUB_WEBHOOK_SECRET }))
  .on('issues.opened', (event) => console.log(`opened: ${event.payload.issue.title}`))
  .onUnhandled((event) => console.log(`ignored: ${event.type}`))

const webhooks = nodeListener(receiver)
const server = createServer((req, res) => {
  if (req.url === '/webhooks/github') webhooks(req, res)
  else res.writeHead(404).end()
})

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`listening on http://127.0.0.1:${port}/webhooks/github`)
})

process.once('SIGTERM', async () => {
  await receiver.close()
  server.close()
})
