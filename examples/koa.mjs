// Koa 2 and 3: mounted above body parsers.
import Router from '@koa/router'
import { createReceiver } from 'hookproof'
import { koaMiddleware } from 'hookproof/koa'
import { github } from 'hookproof/providers/github'
import Koa from 'koa'

const receiver = createReceiver(github({ secret: process.env.GITHUB_WEBHOOK_SECRET }))
  .on('issues.opened', (event) => console.log(`opened: ${event.payload.issue.title}`))
  .onUnhandled((event) => console.log(`ignored: ${event.type}`))

const router = new Router()
router.all('/webhooks/github', koaMiddleware(receiver))

const server = new Koa().use(router.routes()).listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`listening on http://127.0.0.1:${port}/webhooks/github`)
})

process.once('SIGTERM', async () => {
  await receiver.close()
  server.close()
})
