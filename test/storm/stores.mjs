// The stores under test, by name. `open` resolves to the store and, in transaction mode, to how a handler writes with it.

const redis = {
  server: 'redis',
  async open({ url, prefix }) {
    const [{ Redis }, { redisStore }] = await Promise.all([import('ioredis'), import('hookproof/stores/redis')])
    const client = new Redis(url, { enableOfflineQueue: true, maxRetriesPerRequest: 1 })
    return { store: redisStore(client, { prefix }) }
  },
}

const sqlite = {
  server: 'file',
  async open({ file }, { transaction }) {
    const { sqliteStore } = await import('hookproof/stores/sqlite')
    const { default: Database } = await import('libsql')
    const store = sqliteStore(() => new Database(file), { transaction })
    await store.migrate()
    return { store }
  },
}

export const stores = { redis, sqlite }
