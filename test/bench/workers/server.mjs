// One server: node workers/server.mjs <framework> <hand|ours|usual>. Tells its port, and on every message the processor time it has used.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { createReceiver, memoryStore } from 'hookproof'
import { github } from 'hookproof/providers/github'
import { cpu } from '../lib/measure.mjs'
import { secret } from '../lib/requests.mjs'

const [framework, kind] = process.argv.slice(2)
const path = '/webhooks'
let handled = 0

function genuine(header, body) {
  if (typeof header !== 'string' || header.length !== 71) return false
  const digest = createHmac('sha256', secret).update(body).digest()
  return timingSafeEqual(digest, Buffer.from(header.slice(7), 'hex'))
}

/** Reads, verifies, parses, does the work: all that people write by hand, without deduplication. */
function byHand(req, answer) {
  const chunks = []
  req.on('data', (chunk) => chunks.push(chunk))
  req.on('end', () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    if (!genuine(req.headers['x-hub-signature-256'], body)) return answer(401)
    if (work(req.headers['x-github-event'], JSON.parse(body.toString()))) answer(200)
  })
}
function work(event, payload) {
  if (event === 'push' && payload.ref === 'refs/heads/main') handled++
  return true
}

const receiver = createReceiver(github({ secret }), {
  store: memoryStore({ maxRecords: 100_000, onEvict: () => {} }),
  logger: false,
}).on('push', (event) => {
  if (event.payload.ref === 'refs/heads/main') handled++
})

const makers = {
  async http() {
    const { nodeListener } = await import('hookproof/node')
    const listener =
      kind === 'ours'
        ? nodeListener(receiver)
        : (req, res) =>
            byHand(req, (status) => {
              res.statusCode = status
              res.end()
            })
    return createServer(listener)
  },
  async express() {
    const { default: express } = await import('express')
    const { expressMiddleware } = await import('hookproof/express')
    const app = express()
    if (kind === 'ours') app.post(path, expressMiddleware(receiver))
    if (kind === 'hand') app.post(path, (req, res) => byHand(req, (status) => res.status(status).end()))
    if (kind === 'usual') {
      app.post(path, express.raw({ type: '*/*' }), (req, res) => {
        if (!genuine(req.headers['x-hub-signature-256'], req.body)) return res.status(401).send('refused')
        work(req.headers['x-github-event'], JSON.parse(req.body.toString()))
        res.status(200).send('ok')
      })
    }
    return createServer(app)
  },
  async koa() {
    const { default: Koa } = await import('koa')
    const { koaMiddleware } = await import('hookproof/koa')
    const app = new Koa()
    if (kind === 'ours') app.use(koaMiddleware(receiver))
    else {
      app.use(
        (ctx) =>
          new Promise((resolve) => {
            byHand(ctx.req, (status) => {
              ctx.status = status
              ctx.body = ''
              resolve()
            })
          }),
      )
    }
    return createServer(app.callback())
  },
  async fastify() {
    const { default: Fastify } = await import('fastify')
    const { fastifyPlugin } = await import('hookproof/fastify')
    const app = Fastify()
    if (kind === 'ours') app.register(fastifyPlugin(receiver, { path }))
    else {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
      app.post(path, (request, reply) => byHand(request.raw, (status) => reply.code(status).send()))
    }
    await app.ready()
    return app.server
  },
  async hono() {
    const { Hono } = await import('hono')
    const { getRequestListener } = await import('@hono/node-server')
    const { fetchHandler } = await import('hookproof/fetch')
    const app = new Hono()
    if (kind === 'ours') {
      const handler = fetchHandler(receiver)
      app.post(path, (c) => handler(c.req.raw))
    } else {
      app.post(path, async (c) => {
        const body = Buffer.from(await c.req.arrayBuffer())
        if (!genuine(c.req.header('x-hub-signature-256'), body)) return c.body(null, 401)
        work(c.req.header('x-github-event'), JSON.parse(body.toString()))
        return c.body(null, 200)
      })
    }
    return createServer(getRequestListener(app.fetch))
  },
}

const server = await makers[framework]()
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
process.on('message', (message) => {
  if (message === 'sweep') globalThis.gc?.({ type: 'minor' })
  process.send({ cpu: cpu(), user: process.cpuUsage().user, handled })
})
process.send({ port: server.address().port })
