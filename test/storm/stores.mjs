// The stores under test, by name. `open` resolves to the store; in transaction mode also to how a handler writes through the transaction.
// `prepare` is called once before, `effects` once after all. `storm`: also gets 100,000 deliveries in test/faults.

const TABLE = 'CREATE TABLE storm_effects (event varchar(40), pid integer, attempt integer, fence bigint)'
const INSERT = 'INSERT INTO storm_effects VALUES'

const none = { server: 'nothing', open: async () => ({ store: false }) }

const redis = {
  server: 'redis',
  async open({ url, prefix }) {
    const [{ Redis }, { redisStore }] = await Promise.all([import('ioredis'), import('hookproof/stores/redis')])
    const client = new Redis(url, { maxRetriesPerRequest: 1 })
    return { store: redisStore(client, { prefix }) }
  },
}

async function sqliteAt({ file }, options) {
  const [{ default: Database }, { sqliteStore }] = await Promise.all([
    import('libsql'),
    import('hookproof/stores/sqlite'),
  ])
  return { store: sqliteStore(() => new Database(file), options), database: () => new Database(file) }
}
const sqlite = {
  storm: true,
  server: 'folder',
  async prepare(at) {
    const { store, database } = await sqliteAt(at)
    await store.migrate()
    await store.close()
    database().exec(TABLE)
  },
  open: (at) => sqliteAt(at),
}
const sqliteTransaction = {
  ...sqlite,
  transaction: true,
  storm: false,
  alone: true,
  async open(at) {
    const { store } = await sqliteAt(at, { transaction: true })
    return { store, effect: (client, ...fields) => client.prepare(`${INSERT} (?, ?, ?, ?)`).run(...fields) }
  },
  async effects(at) {
    const { database } = await sqliteAt(at)
    return database().prepare('SELECT * FROM storm_effects').all().map(Object.values)
  },
}

async function postgresAt({ url }, options) {
  const [{ default: pg }, { postgresStore }] = await Promise.all([import('pg'), import('hookproof/stores/postgres')])
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  pool.on('error', () => {})
  return { store: postgresStore(pool, options), pool }
}
const postgres = {
  storm: true,
  server: 'postgres',
  async prepare(at) {
    const { store, pool } = await postgresAt(at)
    await store.migrate()
    await pool.query(TABLE)
    await pool.end()
  },
  open: (at) => postgresAt(at),
}
const postgresTransaction = {
  ...postgres,
  transaction: true,
  storm: false,
  async open(at) {
    const { store } = await postgresAt(at, { transaction: true })
    return { store, effect: (client, ...fields) => client.query(`${INSERT} ($1, $2, $3, $4)`, fields) }
  },
  async effects(at) {
    const { pool } = await postgresAt(at)
    const { rows } = await pool.query('SELECT * FROM storm_effects')
    await pool.end()
    return rows.map(Object.values)
  },
}

async function mariadbAt({ url }) {
  const [{ default: mysql }, { mysqlStore }] = await Promise.all([
    import('mysql2/promise'),
    import('hookproof/stores/mysql'),
  ])
  const pool = mysql.createPool({ uri: url, connectionLimit: 10 })
  return { store: mysqlStore(pool), pool }
}
const mariadb = {
  storm: true,
  server: 'mariadb',
  async prepare(at) {
    const { store, pool } = await mariadbAt(at)
    await store.migrate()
    await pool.end()
  },
  open: (at) => mariadbAt(at),
}

export const stores = {
  none,
  redis,
  sqlite,
  'sqlite transaction': sqliteTransaction,
  postgres,
  'postgres transaction': postgresTransaction,
  mariadb,
}
