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
    return { url: urlOf(app.addresses()[0]?.port ?? 0), close: () => app.close() }
  },
})
