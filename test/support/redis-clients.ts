import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { createClient, createCluster, RESP_TYPES } from 'redis'
import { createClient as createClient4, createCluster as createCluster4 } from 'redis4'
import { createClient as createClient5, createCluster as createCluster5 } from 'redis5'
import type { IoredisLike, NodeRedisLike } from '../../src/stores/redis.js'

export interface Connected {
  readonly client: IoredisLike | NodeRedisLike
  close(): unknown
}

const quick = { enableOfflineQueue: false, maxRetriesPerRequest: 1, lazyConnect: true } as const

/** Each client that the Redis store takes, for one server. */
export const clients: readonly (readonly [name: string, connect: (url: string) => Promise<Connected>])[] = [
  [
    'ioredis 6',
    async (url) => {
      const client = new Redis(url, quick)
      client.on('error', () => undefined)
      await client.connect()
      return { client, close: () => client.disconnect() }
    },
  ],
  [
    'ioredis 5',
    async (url) => {
      const client = new Redis5(url, quick)
      client.on('error', () => undefined)
      await client.connect()
      return { client, close: () => client.disconnect() }
    },
  ],
  [
    'node-redis 6',
    async (url) => {
      const client = createClient({ url, disableOfflineQueue: true })
      client.on('error', () => undefined)
      await client.connect()
      return { client, close: () => client.destroy() }
    },
  ],
  [
    'node-redis 5',
    async (url) => {
      const client = createClient5({ url, disableOfflineQueue: true })
      client.on('error', () => undefined)
      await client.connect()
      return { client, close: () => client.destroy() }
    },
  ],
  [
    'node-redis 4',
    async (url) => {
      const client = createClient4({ url, disableOfflineQueue: true })
      client.on('error', () => undefined)
      await client.connect()
      return { client, close: () => client.disconnect() }
    },
  ],
]

/** Clients set up so that they send and answer in other ways. */
export const variants: typeof clients = [
  [
    'ioredis 6 with numbers as text, a prefix of its own and automatic pipelines',
    async (url) => {
      const client = new Redis(url, { ...quick, stringNumbers: true, keyPrefix: 'own:', enableAutoPipelining: true })
      await client.connect()
      return { client, close: () => client.disconnect() }
    },
  ],
  [
    'node-redis 6 with RESP 3 and texts as bytes',
    async (url) => {
      const client = createClient({ url, RESP: 3 })
      await client.connect()
      const bytes = { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.NUMBER]: String }
      return { client: client.withTypeMapping(bytes), close: () => client.destroy() }
    },
  ],
  [
    'node-redis 5 with RESP 3',
    async (url) => {
      const client = createClient5({ url, RESP: 3 })
      await client.connect()
      return { client, close: () => client.destroy() }
    },
  ],
]

/** Each client that the Redis store takes, for a cluster. */
export const clusters: readonly (readonly [name: string, connect: (ports: number[]) => Promise<Connected>])[] = [
  [
    'ioredis 6 Cluster',
    async (ports) => {
      const client = new Cluster(
        ports.map((port) => ({ host: '127.0.0.1', port })),
        { lazyConnect: true },
      )
      await client.connect()
      return { client, close: () => client.disconnect() }
    },
  ],
  [
    'ioredis 5 Cluster',
    async (ports) => {
      const client = new Cluster5(
        ports.map((port) => ({ host: '127.0.0.1', port })),
        { lazyConnect: true },
      )
      await client.connect()
      return { client, close: () => client.disconnect() }
    },
  ],
  [
    'node-redis 6 createCluster',
    async (ports) => {
      const client = createCluster({ rootNodes: rootNodes(ports) })
      client.on('error', () => undefined)
      await client.connect()
      return { client, close: () => client.destroy() }
    },
  ],
  [
    'node-redis 5 createCluster',
    async (ports) => {
      const client = createCluster5({ rootNodes: rootNodes(ports) })
      client.on('error', () => undefined)
      await client.connect()
      return { client, close: () => client.destroy() }
    },
  ],
  [
    'node-redis 4 createCluster',
    async (ports) => {
      const client = createCluster4({ rootNodes: rootNodes(ports) })
      client.on('error', () => undefined)
      await client.connect()
      return { client, close: () => client.disconnect() }
    },
  ],
]

function rootNodes(ports: readonly number[]): { url: string }[] {
  return ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }))
}
