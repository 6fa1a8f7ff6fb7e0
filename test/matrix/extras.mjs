// What adapterContract cannot say, because it is each framework's own way: bodies read by its parser, guards, modules.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createReceiver } from 'hookproof'
import { github } from 'hookproof/providers/github'
import { createNest, listening, onFastify, onHono, serveFetch } from './mounts.mjs'
import { delivery } from './smoke.mjs'

const secret = 'It is a secret to everybody'

/** A receiver that remembers the codes it logged and the events it ran. */
function recording(options = {}) {
  const codes = []
  const log = ({ code, ...rest }, message) => codes.push({ code, message, ...rest })
  const receiver = createReceiver(github({ secret }), { logger: { warn: log, error: log }, ...options })
  return { receiver, logged: (code) => codes.filter((entry) => entry.code === code) }
}

/** A body that the framework's own parser has read is answered 500 at once, and the log says what to do. */
async function isConsumed(mount, fix) {
  const { receiver, logged } = recording()
  const { url, close } = await mount(receiver)
  try {
    const start = performance.now()
    const { status } = await fetch(url, delivery({ a: 1 }))
    assert.deepEqual([status, performance.now() - start < 3000], [500, true])
    assert.ok(logged('ERR_BODY_CONSUMED')[0]?.message.includes(fix), `the log names the fix for ${fix}`)
  } finally {
    await close()
  }
}

/** The raw bytes that a parser kept are verified. */
async function isKept(mount) {
  const { receiver } = recording()
  const { url, close } = await mount(receiver)
  try {
    assert.equal((await fetch(url, delivery('{"a" : 1.0}'))).status, 200)
  } finally {
    await close()
  }
}

/** A client that leaves before the application's answer: nothing is settled, and after the lease it runs again. */
async function isNotDone(mount) {
  const { receiver } = recording({ leaseMs: 400 })
  const starts = []
  let finish
  const app = async () => {
    starts.push(Date.now())
    if (starts.length === 1) await new Promise((resolve) => (finish = resolve))
  }
  const { url, close } = await mount(receiver, app)
  try {
    const sent = delivery({ a: 1 })
    const leaving = new AbortController()
    const left = fetch(url, { ...sent, signal: leaving.signal }).catch(() => 'left')
    while (starts.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    leaving.abort()
    assert.equal(await left, 'left')
    await new Promise((resolve) => setTimeout(resolve, 50)) // the server has seen it go
    finish()
    const until = Date.now() + 8000
    let status = 503
    while (status === 503 && Date.now() < until) status = (await fetch(url, sent)).status
    assert.deepEqual([status, starts.length], [200, 2])
  } finally {
    await close()
  }
}

async function expressApp(name, use) {
  const { default: express } = await import(name)
  const app = express()
  use(app, express, await import('hookproof/express'))
  return listening(createServer(app))
}

async function koaApp(name, use) {
  const { default: Koa } = await import(name)
  const { default: bodyParser } = await import('koa-bodyparser')
  const app = Object.assign(new Koa(), { silent: true })
  use(app, bodyParser, await import('hookproof/koa'))
  return listening(createServer(app.callback()))
}

const express = (name) => ({
  'a body that express.json read': () =>
    isConsumed(
      (receiver) =>
        expressApp(name, (app, { json }, { expressMiddleware }) => app.use(json()).use(expressMiddleware(receiver))),
      'Express 4 and 5: ',
    ),
  'a body that captureRawBody kept': () =>
    isKept((receiver) =>
      expressApp(name, (app, { json }, { expressMiddleware, captureRawBody }) =>
        app.use(json({ verify: captureRawBody })).use(expressMiddleware(receiver)),
      ),
    ),
  'a guarded delivery whose client leaves': () =>
    isNotDone((receiver, work) =>
      expressApp(name, (app, _express, { expressGuard }) =>
        app.use(expressGuard(receiver), (_req, res, next) => void work().then(() => res.end(), next)),
      ),
    ),
})

const koa = (name) => ({
  'a body that koa-bodyparser read': () =>
    isConsumed(
      (receiver) =>
        koaApp(name, (app, bodyParser, { koaMiddleware }) => app.use(bodyParser()).use(koaMiddleware(receiver))),
      'Koa: ',
    ),
  'a guarded delivery, done by a 2xx and free by a throw': async () => {
    const { receiver } = recording()
    let runs = 0
    const { url, close } = await koaApp(name, (app, _bodyParser, { koaGuard }) =>
      app.use(koaGuard(receiver)).use((ctx) => {
        if (++runs === 1) throw new Error('once')
        ctx.body = ctx.state.webhook.events[0].id
      }),
    )
    try {
      const sent = delivery({ a: 1 })
      const answers = []
      for (let i = 0; i < 3; i++) answers.push((await fetch(url, sent)).status)
      assert.deepEqual([answers, runs], [[500, 200, 200], 2])
    } finally {
      await close()
    }
  },
})

const nest = (platform) => ({
  ...(platform === 'express' && {
    'a body that Nest read without rawBody': () =>
      isConsumed(
        (receiver) =>
          createNest(platform, {}, ({ HookproofModule }) => [HookproofModule.forRoot({ path: 'hooks', receiver })]),
        'NestJS: ',
      ),
  }),
  'a receiver made with injected providers, closed with the application': async () => {
    const seen = []
    let made
    const { url, close } = await createNest(platform, { rawBody: true }, ({ HookproofModule, Module }) => {
      class Mailer {
        send(id) {
          seen.push(id)
        }
      }
      class Mail {}
      Module({ providers: [Mailer], exports: [Mailer] })(Mail)
      return [
        HookproofModule.forRootAsync({
          path: 'hooks',
          imports: [Mail],
          inject: [Mailer],
          useFactory: (mailer) => (made = recording().receiver.onAny(({ id }) => mailer.send(id))),
        }),
      ]
    })
    const sent = delivery({ a: 1 })
    assert.deepEqual([(await fetch(url, sent)).status, seen], [200, [sent.id]])
    await close()
    const { outcome } = await made.receive({ method: 'POST', url: '/', headers: sent.headers, body: sent.body })
    assert.equal(outcome, 'busy', 'the receiver is closing')
  },
  'a guard before a handler of the application': async () => {
    const { expressGuard } = await import('hookproof/express')
    const { receiver } = recording()
    let runs = 0
    const { url, close } = await createNest(platform, { rawBody: true }, ({ Module }) => {
      class Guarded {
        configure(consumer) {
          const work = (req, res) => {
            res.statusCode = ++runs === 1 ? 500 : 200
            res.end(req.webhook.events[0].id)
          }
          consumer.apply(expressGuard(receiver), work).forRoutes({ path: 'hooks', method: 5 }) // RequestMethod.ALL
        }
      }
      Module({})(Guarded)
      return [Guarded]
    })
    try {
      const sent = delivery({ a: 1 })
      const answers = []
      for (let i = 0; i < 3; i++) answers.push((await fetch(url, sent)).status)
      assert.deepEqual([answers, runs], [[500, 200, 200], 2])
      assert.equal((await fetch(url, { ...sent, body: '{}' })).status, 401)
    } finally {
      await close()
    }
  },
  'two endpoints under a global prefix': async () => {
    const ran = []
    const { url, close } = await createNest(
      platform,
      { rawBody: true },
      ({ HookproofModule }) =>
        ['a', 'b'].map((name) =>
          HookproofModule.forRoot({ path: name, receiver: recording().receiver.onAny(() => ran.push(name)) }),
        ),
      (app) => app.setGlobalPrefix('api'),
    )
    try {
      const { origin } = new URL(url)
      for (const path of ['api/a', 'api/b']) assert.equal((await fetch(`${origin}/${path}`, delivery())).status, 200)
      assert.deepEqual(ran, ['a', 'b'])
      assert.equal((await fetch(`${origin}/api/c`, delivery())).status, 404)
    } finally {
      await close()
    }
  },
})

export const extras = {
  'express 4': express('express4'),
  'express 5': express('express'),
  'koa 2': koa('koa2'),
  'koa 3': koa('koa'),
  fastify: {
    'a body that a hook of the application read': () =>
      isConsumed(
        (receiver) =>
          onFastify(receiver, {}, (app) =>
            app.addHook('preParsing', async (request) => {
              request.raw.resume()
              await once(request.raw, 'end')
            }),
          ),
        'Fastify: ',
      ),
  },
  hono: {
    'a body that c.req.json() read': () =>
      isConsumed(
        (receiver) =>
          onHono(receiver, {}, (app) =>
            app.use(async (c, next) => {
              await c.req.json()
              await next()
            }),
          ),
        'Hono: ',
      ),
  },
  fetch: {
    'a request that was read': async () => {
      const { fetchHandler } = await import('hookproof/fetch')
      await isConsumed((receiver) => {
        const handler = fetchHandler(receiver)
        return serveFetch(async (request) => {
          await request.text()
          return handler(request)
        })
      }, 'fetch: ')
    },
  },
  'nest on express': nest('express'),
  'nest on fastify': nest('fastify'),
}
