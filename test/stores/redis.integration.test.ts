import { afterAll, beforeAll, describe, it } from 'vitest'
import { redisStore } from '../../src/stores/redis.js'
import { storeContract } from '../../src/testing/store-contract.js'
import { describeRedis, type RedisCluster, type RedisServer, someRedis, startRedisCluster } from '../support/redis.js'
import { type Connected, clients, clusters, variants } from '../support/redis-clients.js'

describeRedis('the Redis store keeps the contract on one server', 'any server', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await someRedis()
  })
  afterAll(() => server.stop())

  describe.each([...clients, ...variants])('through %s', (name, connect) => {
    let connected: Connected
    beforeAll(async () => {
      connected = await connect(server.url)
    })
    afterAll(() => connected.close())
    const prefix = `test:${name}:`
    for (const { title, run } of storeContract(() => redisStore(connected.client, { prefix })))
      it.concurrent(title, run)
  })
})

describeRedis('the Redis store keeps the contract on a cluster of three', 'own servers', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(() => cluster.stop())

  describe.each(clusters)('through %s', (name, connect) => {
    let connected: Connected
    beforeAll(async () => {
      connected = await connect(cluster.nodes.map(({ port }) => port))
    })
    afterAll(() => connected.close())
    const prefix = `test:${name}:`
    for (const { title, run } of storeContract(() => redisStore(connected.client, { prefix })))
      it.concurrent(title, run)
  })
})
