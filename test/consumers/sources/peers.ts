import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import express from 'express'
import { createReceiver } from 'hookproof'
import type { StripeEvents } from 'hookproof/events/stripe'
import { captureRawBody, expressGuard, expressMiddleware } from 'hookproof/express'
import { nodeListener } from 'hookproof/node'
import { stripe } from 'hookproof/providers/stripe'
import { redisStore } from 'hookproof/stores/redis'
import { Redis } from 'ioredis'

const client = new Redis({ lazyConnect: true })
const receiver = createReceiver(stripe<StripeEvents>({ secret: 'a secret of enough length' }), {
  store: redisStore(client),
  logger: false,
}).on('invoice.paid', (event) => event.payload.data.object.amount_paid.toFixed())
const app = express()
app.all('/webhooks', expressMiddleware(receiver))
app.use(express.json({ verify: captureRawBody }))
const guarded = createReceiver(stripe({ secret: 'a secret of enough length' }), { store: false, logger: false })
express
  .Router()
  .post('/webhooks', expressGuard(guarded), (req, res) => void res.json({ events: req.webhook?.events.length }))
createServer(nodeListener(receiver))
createHttp2Server(nodeListener(receiver))
console.log('ran')
