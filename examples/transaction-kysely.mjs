// Kysely on context.transaction: a dialect whose only connection is the event's. hookproof ignores that Kysely releases it.
// customers (id text, paid bigint), payments (id text, customer text, amount bigint)
import { createServer } from 'node:http'
import { createReceiver } from 'hookproof'
import { nodeListener } from 'hookproof/node'
import { stripe } from 'hookproof/providers/stripe'
import { postgresStore } from 'hookproof/stores/postgres'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))
const store = postgresStore(pool, { transaction: true })
await store.migrate()

/** @typedef {{ payments: { id: string, customer: string, amount: number }, customers: { id: string, paid: number } }} Tables */

/** @param {pg.PoolClient} client @returns {Kysely<Tables>} */
const within = (client) =>
  new Kysely({ dialect: new PostgresDialect({ pool: { connect: async () => client, end: async () => undefined } }) })

const receiver = createReceiver(stripe({ secret: process.env.STRIPE_WEBHOOK_SECRET }), { store }).on(
  'payment_intent.succeeded',
  async ({ payload }, { transaction }) => {
    const { id, customer, amount } = payload.data.object
    const db = within(transaction)
    const payment = { id: String(id), customer: String(customer), amount: Number(amount) }
    await db.insertInto('payments').values(payment).execute()
    const balance = await db
      .updateTable('customers')
      .set((column) => ({ paid: column('paid', '+', payment.amount) }))
      .where('id', '=', payment.customer)
      .executeTakeFirst()
    if (balance.numUpdatedRows !== 1n) throw new Error('no such customer yet')
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
