// Not run, only type-checked: a PrismaClient needs a schema and code generated from it. Its models cannot join a transaction
// that another client began, so inside a handler they would commit by themselves. SQL that Prisma puts together can: Prisma.sql
// is a query of pg. Where you have generated a client, `import { Prisma } from './generated/prisma/client'` and write Prisma.sql.
// customers (id text, paid bigint), payments (id text, customer text, amount bigint)
import { createServer } from 'node:http'
import { sqltag as sql } from '@prisma/client/runtime/client'
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
    await transaction.query(sql`INSERT INTO payments (id, customer, amount) VALUES (${id}, ${customer}, ${amount})`)
    const balance = await transaction.query(sql`UPDATE customers SET paid = paid + ${amount} WHERE id = ${customer}`)
    if (balance.rowCount !== 1) throw new Error('no such customer yet')
  },
)

createServer(nodeListener(receiver)).listen(Number(process.env.PORT ?? 0), '127.0.0.1')
