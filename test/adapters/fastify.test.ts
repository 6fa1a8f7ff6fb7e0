import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { fastifyPlugin } from 'hookproof/fastify'
import { PREFIX, urlOf } from '../support/adapter-servers.js'
import { runContract } from '../support/run-contract.js'

runContract({
  name: 'Fastify 5',
  async start(endpoint, options) {
    const app = fastify({ forceCloseConnections: true })
    await app.register(fastifyPlugin(endpoint, { ...options, path: '/:tenant' }), { prefix: PREFIX })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo // a TCP server has one
    return { url: urlOf(port), close: () => app.close() }
  },
})
