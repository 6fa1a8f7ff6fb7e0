// The receiving end: an Express server with hookproof, on the memory store.
import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import { createReceiver, defineProvider, memoryStore } from 'hookproof'
import { expressMiddleware } from 'hookproof/express'
import { github } from 'hookproof/providers/github'
import { hmac } from 'hookproof/providers/hmac'
import { slack } from 'hookproof/providers/slack'
import { standardWebhooks } from 'hookproof/providers/standard-webhooks'
import { stripe } from 'hookproof/providers/stripe'
import { body, timestamp } from 'hookproof/schemes/parts'

const secrets = JSON.parse(process.env.DEMO_SECRETS)
const broken = process.env.DEMO_BREAK

/** The newest secret first; deliveries signed with the previous one are good until it is taken out. */
const providers = {
  github: github({ secret: secrets.github }),
  stripe: stripe({ secret: secrets.stripe }),
  slack: slack({ secret: secrets.slack }),
  'standard-webhooks': standardWebhooks({ secret: secrets['standard-webhooks'] }),
  hmac: hmac({
    secret: secrets.hmac,
    signature: { header: 'x-shop-signature', prefix: 'sha256=' },
    timestamp: { header: 'x-shop-timestamp', unit: 's' },
    signed: [timestamp, '.', body],
    id: { path: 'id' },
    type: { path: 'event' },
  }),
}

const options = {
  store: broken === 'dedupe' ? false : memoryStore(),
  toleranceSeconds: broken === 'freshness' ? Number.POSITIVE_INFINITY : undefined,
  logger: false,
}
const app = express()

for (const [name, provider] of Object.entries(providers)) {
  const receiver = (endpoint) =>
    createReceiver(broken === 'verify' ? unverified(provider) : provider, { ...options, endpoint })
  const mount = (path, receiver) => app.all(path, expressMiddleware(receiver, { bodyTimeoutMs: 1000 }))
  const path = `/${name}`

  mount(
    path,
    receiver(path).onAny((event) => effect(path, event)),
  )

  mount(
    `${path}/fails-once`,
    receiver(`${path}/fails-once`).onAny((event, { attempt }) => {
      if (attempt === 1) throw new Error('the first attempt fails')
      effect(`${path}/fails-once`, event)
    }),
  )

  mount(
    `${path}/two-handlers`,
    receiver(`${path}/two-handlers`)
      .onAny((event) => effect(`${path}/two-handlers`, event, 'first'), { name: 'first' })
      .onAny(
        (event, { attempt }) => {
          if (attempt === 1) throw new Error('the second handler fails once')
          effect(`${path}/two-handlers`, event, 'second')
        },
        { name: 'second' },
      ),
  )

  mount(
    `${path}/slow`,
    receiver(`${path}/slow`).onAny(async (event) => {
      effect(`${path}/slow`, event, 'begun')
      await sleep(1000)
      effect(`${path}/slow`, event)
    }),
  )

  mount(`${path}/no-handler`, receiver(`${path}/no-handler`))

  app.use(`${path}/parsed`, express.json({ type: () => true, limit: '1mb' }))
  mount(
    `${path}/parsed`,
    receiver(`${path}/parsed`).onAny((event) => effect(`${path}/parsed`, event)),
  )
}

if (process.env.DEMO_KEYS !== undefined) {
  const { vendors } = await import('./vendors.mjs')
  for (const [name, provider] of Object.entries(vendors(JSON.parse(process.env.DEMO_KEYS)))) {
    const receiver = createReceiver(provider, options).onAny((event) => effect(`/${name}`, event))
    app.all(`/${name}`, expressMiddleware(receiver))
  }
}

const server = app.listen(0, '127.0.0.1', () => {
  process.send({ origin: `http://127.0.0.1:${server.address().port}` })
})
process.on('disconnect', () => process.exit())

/** What a handler does to the world: one line, written in one step, before the sender gets its answer. */
function effect(path, event, handler = 'only') {
  const digest = createHash('sha256').update(event.rawBody).digest('hex')
  appendFileSync(process.env.DEMO_EFFECTS, `${JSON.stringify({ path, handler, digest })}\n`)
}

/** A provider that takes every signature for good. */
function unverified(provider) {
  const scheme = { ...provider.scheme, verify: ({ body }) => ({ coverage: 'full', signed: [body] }) }
  return defineProvider({ ...provider, scheme })
}
