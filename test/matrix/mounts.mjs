// How each adapter is mounted on its real framework, for adapterContract. The endpoint is at PREFIX + '/:tenant'.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const PREFIX = '/hooks'
const TENANT = 'acme'

const urlOf = (port) => `http://127.0.0.1:${port}${PREFIX}/${TENANT}`

export async function listening(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: urlOf(server.address().port),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections?.()
      await closed
    },
  }
}

async function onExpress(name, endpoint, options) {
  const { default: express } = await import(name)
  const { expressMiddleware } = await import('hookproof/express')
  const router = express.Router()
  router.all('/:tenant', expressMiddleware(endpoint, options))
  return listening(createServer(express().use(PREFIX, router)))
}

async function onKoa(name, endpoint, options) {
  const { default: Koa } = await import(name)
  const { default: Router } = await import('@koa/router')
  const { koaMiddleware } = await import('hookproof/koa')
  const router = new Router({ prefix: PREFIX })
  router.all('/:tenant', koaMiddleware(endpoint, options))
  const app = Object.assign(new Koa(), { silent: true }).use(router.routes())
  return listening(createServer(app.callback()))
}

export async function onFastify(endpoint, options, prepare = () => {}) {
  const { default: fastify } = await import('fastify')
  const { fastifyPlugin } = await import('hookproof/fastify')
  const app = fastify({ forceCloseConnections: true })
  prepare(app)
  await app.register(fastifyPlugin(endpoint, { ...options, path: '/:tenant' }), { prefix: PREFIX })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { url: urlOf(app.server.address().port), close: () => app.close() }
}

/** On the runtime's own server: @hono/node-server, Bun.serve or Deno.serve. */
export async function onHono(endpoint, options, prepare = () => {}) {
  const { Hono } = await import('hono')
  const { fetchHandler } = await import('hookproof/fetch')
  const handler = fetchHandler(endpoint, options)
  const app = new Hono()
  prepare(app)
  app.all(`${PREFIX}/:tenant`, (c) => handler(c.req.raw, { params: c.req.param() }))
  if (globalThis.Bun || globalThis.Deno) return serveFetch(app.fetch)
  const { createAdaptorServer } = await import('@hono/node-server')
  return listening(createAdaptorServer({ fetch: app.fetch }))
}

export async function serveFetch(fetch) {
  if (globalThis.Bun) {
    const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch, maxRequestBodySize: 64 * 1024 * 1024 })
    return { url: urlOf(server.port), close: () => server.stop(true) }
  }
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {} }, (request) => fetch(request))
  return { url: urlOf(server.addr.port), close: () => server.shutdown() }
}

/** An application of sites/nest11 or sites/nest12, named by the environment: Nest's packages find each other by name. */
export async function createNest(platform, settings, importsOf, prepare = () => {}) {
  const require = createRequire(new URL(`./sites/${process.env.NEST_SITE}/package.json`, import.meta.url))
  require('reflect-metadata')
  const { Module } = require('@nestjs/common')
  const { NestFactory } = require('@nestjs/core')
  const { HookproofModule } = await import('hookproof/nest')
  const App = class {}
  Module({ imports: importsOf({ HookproofModule, Module }) })(App)
  const adapter = platform === 'fastify' ? [new (require('@nestjs/platform-fastify').FastifyAdapter)()] : []
  const app = await NestFactory.create(App, ...adapter, { logger: false, forceCloseConnections: true, ...settings })
  prepare(app)
  await app.listen(0, '127.0.0.1')
  const { port } = app.getHttpServer().address()
  return { url: `http://127.0.0.1:${port}${PREFIX}`, close: () => app.close() }
}

async function onNest(platform, endpoint, options, settings = { rawBody: true }) {
  const { url, close } = await createNest(
    platform,
    settings,
    ({ HookproofModule }) => [HookproofModule.forRoot({ path: 'hooks/:tenant', receiver: endpoint, ...options })],
    (app) => {
      if (platform !== 'express' || !settings.rawBody) return
      // Nest's own limits stand before the receiver's.
      for (const type of ['json', 'urlencoded', 'text', 'raw']) app.useBodyParser(type, { limit: '64mb' })
    },
  )
  return { url: `${url}/${TENANT}`, close }
}

export const mounts = {
  node: async (endpoint, options) => {
    const { nodeListener } = await import('hookproof/node')
    return listening(createServer(nodeListener(endpoint, options)))
  },
  'express 4': (endpoint, options) => onExpress('express4', endpoint, options),
  'express 5': (endpoint, options) => onExpress('express', endpoint, options),
  'koa 2': (endpoint, options) => onKoa('koa2', endpoint, options),
  'koa 3': (endpoint, options) => onKoa('koa', endpoint, options),
  fastify: onFastify,
  hono: onHono,
  fetch: async (endpoint, options) => {
    const { fetchHandler } = await import('hookproof/fetch')
    const handler = fetchHandler(endpoint, options)
    return serveFetch((request) =>
      handler(request, { params: { tenant: new URL(request.url).pathname.split('/').at(-1) } }),
    )
  },
  'cloud functions': async (endpoint, options) => {
    const { http } = await import('@google-cloud/functions-framework')
    const { getTestServer } = await import('@google-cloud/functions-framework/testing')
    const { expressMiddleware } = await import('hookproof/express')
    http('hookproof', expressMiddleware(endpoint, options))
    return listening(getTestServer('hookproof'))
  },
  'nest on express': (endpoint, options) => onNest('express', endpoint, options),
  'nest on express, no parser': (endpoint, options) => onNest('express', endpoint, options, { bodyParser: false }),
  'nest on fastify': (endpoint, options) => onNest('fastify', endpoint, options),
}
