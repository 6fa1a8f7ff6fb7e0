// The payment, the balance and the event's "done" in one commit of a SQLite file, with libsql; node:sqlite and better-sqlite3 alike.
// customers (id text, paid bigint), payments (id text, customer text, amount bigint)
import { createServer } from 'node:http'
import { createReceiver } from 'hookproof'
import { nodeListener } from 'hookproof/node'
import { stripe } from 'hookproof/providers/stripe'
import { sqliteStore } from 'hookproof/stores/sqlite'
import Database from 'libsql'

const path = process.env.DATABASE_PATH ?? 'payments.db'
const store = sqliteStore(() => new Database(path), { transaction: true })
await store.migrate()

const receiver = createReceiver(stripe({ secret: process.env.STRIPE_WEBHOOK_SECRET }), { store }).on(
  'payment_intent.succeeded',
  async ({ payload }, { transaction }) => {
    const { id, customer, amount } = payload.data.object
    transaction.prepare('INSERT INTO payments (id, customer, amount) VALUES (?, ?, ?)').run(id, customer, amount)
    const update = transaction.prepare('UPDATE customers SET paid = paid + ? WHERE id = ?')
    if (update.run(amount, customer).changes !== 1) throw new Error('no such customer yet')
  },
)

const server = createServer(nodeListener(receiver))
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`listening on http://127.0.0.1:${port}`)
})

process.once('SIGTERM', async () => {
  await receiver.close()
  server.close()
})
