// The payment, the balance and the event's "done" in one commit, with pg alone. A handler that throws leaves none of them.
// customers (id text, paid bigint), payments (id text, customer text, amount bigint)
import { createServer } from 'node:http'
import { createReceiver } from 'hookproof'
import { nodeListener } from 'hookproof/node'
import { stripe } from 'hookproof/providers/stripe'
import { postgresStore } from 'hookproof/stores/postgres'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))
const store = postgresStore(pool, { transaction: true })
await store.migrate()

const receiver = createReceiver(stripe({ secret: process.env.STRIPE_WEBHOOK_SECRET }), { store }).on(
  'payment_intent.succeeded',
  async ({ payload }, { transaction }) => {
    const { id, customer, amount } = payload.data.object
    await transaction.query('INSERT INTO payments (id, customer, amount) VALUES ($1, $2, $3)', [id, customer, amount])
    const balance = await transaction.query('UPDATE customers SET paid = paid + $2 WHERE id = $1', [customer, amount])
    if (balance.rowCount !== 1) throw new Error('no such customer yet')
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
