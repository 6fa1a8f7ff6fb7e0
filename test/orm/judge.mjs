// What the judge knows of an example: its answers, and what a connection of the judge's own finds in the database.
import { createHmac } from 'node:crypto'
import Database from 'libsql'
import pg from 'pg'

const TABLES = `
  CREATE TABLE customers (id text, paid bigint);
  CREATE TABLE payments (id text, customer text, amount bigint);
  INSERT INTO customers VALUES ('cus_1', 0);`
/** As both databases write it. */
const DONE = 2
const FOUND = `SELECT
  (SELECT count(*) FROM payments) AS rows,
  (SELECT sum(paid) FROM customers) AS paid,
  (SELECT count(*) FROM hookproof_events WHERE state = ${DONE}) AS done`

export const SECRET = 'whsec_a secret for the examples only'
export const AMOUNT = 500

/** Payments have no key: a second row of the same payment is seen, not refused. */
export async function postgresJudge(url) {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(TABLES)
  const holder = new pg.Client(url)
  await holder.connect()
  return {
    env: { DATABASE_URL: url },
    lockCustomers: () => holder.query('BEGIN; SELECT * FROM customers FOR UPDATE'),
    unlock: () => holder.query('COMMIT'),
    run: (text) => client.query(text),
    async found() {
      const { rows } = await client.query(FOUND)
      return numbers(rows[0])
    },
    close: () => Promise.all([client.end(), holder.end()]),
  }
}

export function sqliteJudge(path) {
  const database = new Database(path)
  database.exec(TABLES)
  return {
    env: { DATABASE_PATH: path },
    run: (text) => database.exec(text),
    found: () => numbers(database.prepare(FOUND).get()),
    close: () => database.close(),
  }
}

const numbers = ({ rows, paid, done }) => ({ rows: Number(rows), paid: Number(paid), done: Number(done) })

/** A payment as Stripe sends it, signed with node:crypto. Delivers again whenever it is called. */
export function payment(url, customer = 'cus_1') {
  const body = JSON.stringify({
    id: 'evt_1',
    object: 'event',
    api_version: null,
    type: 'payment_intent.succeeded',
    created: Math.floor(Date.now() / 1000),
    data: { object: { id: 'pi_1', object: 'payment_intent', customer, amount: AMOUNT } },
    livemode: false,
    pending_webhooks: 0,
    request: null,
  })
  return async () => {
    const time = Math.floor(Date.now() / 1000)
    const signature = createHmac('sha256', SECRET).update(`${time}.${body}`).digest('hex')
    const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${time},v1=${signature}` }
    const { status, headers: answered } = await fetch(url, { method: 'POST', headers, body })
    return `${status}${answered.get('x-webhook-duplicate') === '1' ? ' duplicate' : ''}`
  }
}
