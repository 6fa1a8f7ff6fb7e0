import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bodyParser as koaBodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import express from 'express'
import express4 from 'express4'
import { createReceiver, type Delivery, memoryStore, type Receiver } from 'hookproof'
import type { GitHubEvents } from 'hookproof/events/github'
import { expressGuard } from 'hookproof/express'
import { koaGuard } from 'hookproof/koa'
import { github } from 'hookproof/providers/github'
import Koa from 'koa'
import classicBodyParser from 'koa-bodyparser'
import Koa2 from 'koa2'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GITHUB_SECRET, githubDelivery } from '../support/github-delivery.js'

const LEASE_MS = 300

/** What the application behind the guard does with a delivery. */
type App = (delivery: Delivery | undefined) => Promise<{ status: number; text?: string }>

let receiver: Receiver<GitHubEvents>
let server: Server | undefined
let ran: string[]

beforeEach(() => {
  ran = []
  receiver = createReceiver(github({ secret: GITHUB_SECRET }), {
    logger: false,
    leaseMs: LEASE_MS,
    store: memoryStore(),
  })
})
afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  await receiver.close({ timeoutMs: 1 })
})

async function serve(listener: Parameters<typeof createServer>[1]): Promise<string> {
  server = createServer(listener)
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks` // a TCP server has one
}

function onExpress(make: typeof express, app: App): Promise<string> {
  const application = make()
  application.all('/webhooks', expressGuard(receiver), (req, res, next) => {
    ran.push(req.webhook?.events[0]?.id ?? 'none')
    app(req.webhook).then(({ status, text }) => res.status(status).send(text), next)
  })
  application.use(((_error, _req, res, _next) => res.status(500).end()) as express.ErrorRequestHandler)
  return serve(application)
}

function onKoa(Application: typeof Koa, app: App): Promise<string> {
  const application = new Application()
  application.silent = true
  const router = new Router()
  router.all('/webhooks', koaGuard(receiver), async (ctx) => {
    const delivery = ctx.state.webhook as Delivery | undefined
    ran.push(delivery?.events[0]?.id ?? 'none')
    const { status, text } = await app(delivery)
    ctx.status = status
    ctx.body = text ?? ''
  })
  application.use(router.routes())
  return serve(application.callback())
}

const mounts: readonly [string, (app: App) => Promise<string>][] = [
  ['Express 5', (app) => onExpress(express, app)],
  ['Express 4', (app) => onExpress(express4, app)],
  ['Koa 3', (app) => onKoa(Koa, app)],
  ['Koa 2', (app) => onKoa(Koa2, app)],
]

describe.each(mounts)('the guard on %s', (name, mount) => {
  test('hands a genuine delivery on, and settles it by a 2xx', async () => {
    let seen: Delivery | undefined
    const url = await mount(async (delivery) => {
      seen = delivery
      return { status: 202, text: 'mine' }
    })
    const sent = githubDelivery()
    const first = await fetch(url, sent)
    expect([first.status, await first.text()]).toEqual([202, 'mine'])
    expect(seen).toMatchObject({ provider: 'github', coverage: 'full' })
    expect(seen?.events[0]?.payload).toMatchObject({ action: 'opened' })
    const second = await fetch(url, sent)
    expect([second.status, second.headers.get('x-webhook-duplicate')]).toEqual([200, '1'])
    expect(ran).toEqual([sent.headers['x-github-delivery']])
  })

  test('never lets a forged delivery through', async () => {
    const url = await mount(async () => ({ status: 200 }))
    const forged = githubDelivery(undefined, 'another secret')
    expect((await fetch(url, forged)).status).toBe(401)
    expect((await fetch(url, { method: 'GET' })).status).toBe(405)
    expect(ran).toEqual([])
  })

  test.each([302, 404, 422, 500])('frees the event where the application answers %i', async (status) => {
    let attempts = 0
    const url = await mount(async () => ({ status: ++attempts === 1 ? status : 200 }))
    const sent = githubDelivery()
    expect((await fetch(url, { ...sent, redirect: 'manual' })).status).toBe(status)
    expect((await fetch(url, sent)).status).toBe(200)
    expect(attempts).toBe(2)
  })

  test('frees the event where the application throws', async () => {
    let attempts = 0
    const url = await mount(async () => {
      if (++attempts === 1) throw new Error('once')
      return { status: 200 }
    })
    const sent = githubDelivery()
    expect((await fetch(url, sent)).status).toBe(500)
    expect((await fetch(url, sent)).status).toBe(200)
  })

  test('of 20 copies at once lets one through', async () => {
    let finish = (): void => {}
    const url = await mount(async () => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return { status: 200 }
    })
    const sent = githubDelivery()
    const copies = Array.from({ length: 20 }, async () => (await fetch(url, sent)).status)
    // All but one are answered while that one is at work.
    let busy = 0
    await new Promise<void>((resolve) => {
      for (const copy of copies) void copy.then(() => ++busy === 19 && resolve())
    })
    finish()
    expect((await Promise.all(copies)).sort()).toEqual([200, ...Array(19).fill(503)])
    expect(ran).toHaveLength(1)
  })

  if (name.startsWith('Express')) {
    test('settles nothing where the client leaves before the answer: busy while the lease lasts, then it runs again', async () => {
      let started = (): void => {}
      let finish = (): void => {}
      let answered = (): void => {}
      const start = new Promise<void>((resolve) => {
        started = resolve
      })
      const answer = new Promise<void>((resolve) => {
        answered = resolve
      })
      const url = await mount(async () => {
        if (ran.length > 1) return { status: 200 }
        started()
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        setImmediate(answered)
        return { status: 200 }
      })
      const sent = githubDelivery()
      const leaving = new AbortController()
      const left = fetch(url, { ...sent, signal: leaving.signal }).catch(() => 'left')
      await start
      const gone = new Promise((resolve) => server?.once('request', (_req, res) => resolve(res)))
      leaving.abort()
      expect(await left).toBe('left')
      // The next request reaches the server after the connection's end did.
      const early = fetch(url, sent)
      await gone
      expect((await early).status).toBe(503)
      finish()
      await answer
      const deadline = performance.now() + 20 * LEASE_MS
      let status = 503
      while (status === 503 && performance.now() < deadline) status = (await fetch(url, sent)).status
      expect([status, ran.length]).toEqual([200, 2])
    })
  }
})

/** In order: the guard, a parser that also runs for the guarded route, the route. */
const parsers: readonly [string, (app: App) => Promise<string>][] = [
  ...Object.entries({ 'Express 5': express, 'Express 4': express4 }).map(
    ([name, make]): [string, (app: App) => Promise<string>] => [
      `express.json() of ${name}`,
      (app) => {
        const application = make()
        application.all('/webhooks', expressGuard(receiver))
        application.use(make.json())
        application.post('/webhooks', (req, res, next) => {
          app(req.webhook).then(({ status }) => res.status(status).end(), next)
        })
        return serve(application)
      },
    ],
  ),
  ...Object.entries({ '@koa/bodyparser': koaBodyParser, 'koa-bodyparser': classicBodyParser }).map(
    ([name, make]): [string, (app: App) => Promise<string>] => [
      name,
      (app) => {
        const application = new Koa()
        application.use(koaGuard(receiver))
        application.use(make())
        application.use(async (ctx) => {
          ctx.status = (await app(ctx.state.webhook as Delivery | undefined)).status
        })
        return serve(application.callback())
      },
    ],
  ),
]

describe.each(parsers)('%s below the guard', (_, mount) => {
  test.each(['of an announced length', 'in chunks'])('leaves a body alone that comes %s', async (how) => {
    const url = await mount(async (delivery) => ({ status: delivery === undefined ? 404 : 202 }))
    const { body, ...sent } = githubDelivery(JSON.stringify({ zen: 'x'.repeat(100_000) }))
    const stream = new Blob([body]).stream()
    const answer = await fetch(url, how === 'in chunks' ? { ...sent, body: stream, duplex: 'half' } : { ...sent, body })
    expect(answer.status).toBe(202)
  })
})

test('a receiver with handlers cannot be a guard', () => {
  receiver.onAny(() => {})
  expect(() => expressGuard(receiver)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
  expect(() => koaGuard(receiver)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
})
