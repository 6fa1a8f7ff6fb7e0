// Knex as the query builder, each query sent by context.transaction: one without `connection` would commit by itself.
// customers (id text, paid bigint), payments (id text, customer text, amount bigint)
import { createServer } from 'node:http'
import { createReceiver } from 'hookproof'
import { nodeListener } from 'hookproof/node'
import { stripe } from 'hookproof/providers/stripe'
import { postgresStore } from 'hookproof/stores/postgres'
import knex from 'knex'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))
const store = postgresStore(pool, { transaction: true })
await store.migrate()
const db = knex({ client: 'pg' })

const receiver = createReceiver(stripe({ secret: process.env.STRIPE_WEBHOOK_SECRET }), { store }).on(
  'payment_intent.succeeded',
  async ({ payload }, { transaction }) => {
    const { id, customer, amount } = payload.data.object
    await db('payments').insert({ id, customer, amount }).connection(transaction)
    const balance = await db('customers')
      .where('id', String(customer))
      .increment('paid', Number(amount))
      .connection(transaction)
    if (balance !== 1) throw new Error('no such customer yet')
  },
)

const server = createServer(nodeListener(receiver))
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`listening on http://127.0.0.1:${port}`)
})

process.once('SIGTERM', async () => {
  await receiver.close()
  server.close(() => pool.end())
})
