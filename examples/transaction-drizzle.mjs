// Drizzle on context.transaction: what it writes commits with the event. Wrap the client, never the pool, inside a handler.
// customers (id text, paid bigint), payments (id text, customer text, amount bigint)
import { createServer } from 'node:http'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { bigint, pgTable, text } from 'drizzle-orm/pg-core'
import { createReceiver } from 'hookproof'
import { nodeListener } from 'hookproof/node'
import { stripe } from 'hookproof/providers/stripe'
import { postgresStore } from 'hookproof/stores/postgres'
import pg from 'pg'

const amount = () => bigint({ mode: 'number' }).notNull()
const customers = pgTable('customers', { id: text().notNull(), paid: amount() })
const payments = pgTable('payments', { id: text().notNull(), customer: text().notNull(), amount: amount() })

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))
const store = postgresStore(pool, { transaction: true })
await store.migrate()

const receiver = createReceiver(stripe({ secret: process.env.STRIPE_WEBHOOK_SECRET }), { store }).on(
  'payment_intent.succeeded',
  async ({ payload }, { transaction }) => {
    const { id, customer, amount } = payload.data.object
    const db = drizzle(transaction)
    await db.insert(payments).values({ id: String(id), customer: String(customer), amount: Number(amount) })
    const paid = sql`${customers.paid} + ${Number(amount)}`
    const balance = await db
      .update(customers)
      .set({ paid })
      .where(eq(customers.id, String(customer)))
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
