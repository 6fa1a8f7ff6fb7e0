// Handlers in files of their own, typed by HandlerOf, known to the record of a half-handled event by their names.
import { createServer } from 'node:http'
import { nodeListener } from 'hookproof/node'
import { announceIssue } from './announce-issue.mjs'
import { receiver } from './receiver.mjs'

receiver
  .on('issues.opened', announceIssue, { name: 'announce-issue' })
  .onUnhandled((event) => console.log(`ignored: ${event.type}`))

const server = createServer(nodeListener(receiver))
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`listening on http://127.0.0.1:${port}/webhooks/github`)
})

process.once('SIGTERM', async () => {
  await receiver.close()
  server.close()
})
