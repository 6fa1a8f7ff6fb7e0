// node shutdown-server.mjs <adapter>: a server closed by SIGTERM as the examples do it.
import { createServer } from 'node:http'
import { createReceiver } from 'hookproof'
import { hmac } from 'hookproof/providers/hmac'

const receiver = createReceiver(
  hmac({ secret: process.env.SECRET, signature: { header: 'x-signature' }, id: { path: 'id' } }),
  { logger: false },
)
const guarded = process.argv[2].endsWith('guard')

/** Ends when a line comes on standard input; `deaf` handlers do not listen to their signal. */
async function work({ id, payload }, signal) {
  console.log(`begins ${id}`)
  await new Promise((resolve, reject) => {
    process.stdin.once('data', resolve)
    if (payload.deaf) return
    signal?.addEventListener('abort', () => {
      console.log(`aborted ${id}`)
      reject(new Error('aborted'))
    })
  })
  console.log(`ends ${id}`)
}
if (!guarded) receiver.onAny((event, { signal }) => work(event, signal))

const adapters = {
  async 'express 5'() {
    const [{ default: express }, { expressMiddleware }] = [await import('express'), await import('hookproof/express')]
    return createServer(express().use(expressMiddleware(receiver)))
  },
  async 'express 4'() {
    const [{ default: express }, { expressMiddleware }] = [await import('express4'), await import('hookproof/express')]
    return createServer(express().use(expressMiddleware(receiver)))
  },
  async 'koa 3'() {
    const [{ default: Koa }, { koaMiddleware }] = [await import('koa'), await import('hookproof/koa')]
    return createServer(new Koa().use(koaMiddleware(receiver)).callback())
  },
  async 'koa 2'() {
    const [{ default: Koa }, { koaMiddleware }] = [await import('koa2'), await import('hookproof/koa')]
    return createServer(new Koa().use(koaMiddleware(receiver)).callback())
  },
  async node() {
    const { nodeListener } = await import('hookproof/node')
    return createServer(nodeListener(receiver))
  },
  async fastify() {
    const [{ default: fastify }, { fastifyPlugin }] = [await import('fastify'), await import('hookproof/fastify')]
    const app = fastify()
    await app.register(fastifyPlugin(receiver))
    await app.ready()
    return app.server
  },
  async fetch() {
    const [{ createAdaptorServer }, { fetchHandler }] = [
      await import('@hono/node-server'),
      await import('hookproof/fetch'),
    ]
    return createAdaptorServer({ fetch: fetchHandler(receiver) })
  },
  async 'express guard'() {
    const [{ default: express }, { expressGuard }] = [await import('express'), await import('hookproof/express')]
    const app = express()
    app.use(expressGuard(receiver), async (req, res) => {
      await work(req.webhook.events[0])
      res.end()
    })
    return createServer(app)
  },
  async 'koa guard'() {
    const [{ default: Koa }, { koaGuard }] = [await import('koa'), await import('hookproof/koa')]
    const app = new Koa().use(koaGuard(receiver)).use(async (ctx) => {
      await work(ctx.state.webhook.events[0])
      ctx.body = ''
    })
    return createServer(app.callback())
  },
}

const server = await adapters[process.argv[2]]()
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}/`))

process.once('SIGTERM', async () => {
  console.log('closing')
  await receiver.close({ timeoutMs: Number(process.env.TIMEOUT_MS) })
  console.log('closed')
  process.stdin.unref()
  server.close()
  server.closeIdleConnections()
})
