import express from 'express'
import { createReceiver } from 'hookproof'
import type { StripeEvents } from 'hookproof/events/stripe'
import { expressMiddleware } from 'hookproof/express'
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
console.log('ran')
