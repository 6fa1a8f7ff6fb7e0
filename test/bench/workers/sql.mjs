// node workers/sql.mjs <postgres|sqlite> <url or file> <concurrency> <total> <rounds>: claims a second beside the bare insert, on the
// same connections.
import { randomUUID } from 'node:crypto'
import { inTurn } from '../lib/rate.mjs'

const [kind, where, concurrency, total, rounds] = process.argv.slice(2)
// Written out, as the receiver does: on Node 20 a spread costs 2 µs, which is the harness's and not the store's.
const claimBy = (nonce) => ({ nonce, leaseMs: 30_000, retentionMs: 86_400_000, tag: '', rerun: false })
const won = (store) => async () => {
  const { status } = await store.claim(randomUUID(), claimBy(randomUUID()))
  if (status !== 'won') throw new Error(status)
}

const kinds = {
  async postgres() {
    const { default: pg } = await import('pg')
    const { postgresStore } = await import('hookproof/stores/postgres')
    const pool = new pg.Pool({ connectionString: where, max: 10 })
    const store = postgresStore(pool, { prepare: true })
    const alone = postgresStore(pool, { prepare: true, batch: false })
    await store.migrate()
    await pool.query(
      'CREATE TABLE bare (key text PRIMARY KEY, state smallint NOT NULL, expires_at timestamptz NOT NULL)',
    )
    const text = "INSERT INTO bare VALUES ($1, 1, now() + interval '1 day') ON CONFLICT (key) DO NOTHING"
    const insert = async () => {
      const { rowCount } = await pool.query({ name: 'bare', text, values: [randomUUID()] })
      if (rowCount !== 1) throw new Error('not inserted')
    }
    const cases = { claim: won(store), alone: won(alone), insert }
    return { cases, close: () => pool.end() }
  },
  async sqlite() {
    const { default: Database } = await import('libsql')
    const { sqliteStore } = await import('hookproof/stores/sqlite')
    const open = () => {
      const database = new Database(where)
      database.exec('PRAGMA journal_mode = WAL')
      database.exec('PRAGMA synchronous = FULL')
      return database
    }
    const store = sqliteStore(open)
    await store.migrate()
    const database = open()
    database.exec('CREATE TABLE bare (key text PRIMARY KEY, state integer NOT NULL, expires_at integer NOT NULL)')
    const statement = database.prepare('INSERT INTO bare VALUES (?, 1, ?) ON CONFLICT (key) DO NOTHING')
    const insert = async () => {
      if (statement.run(randomUUID(), Date.now()).changes !== 1) throw new Error('not inserted')
    }
    return { cases: { claim: won(store), insert }, close: () => store.close?.() }
  },
}

const { cases, close } = await kinds[kind]()
const rates = await inTurn(cases, { concurrency: Number(concurrency), total: Number(total), rounds: Number(rounds) })
await close()
process.send(rates)
process.disconnect()
