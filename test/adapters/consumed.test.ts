import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { bodyParser as koaBodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import express from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import { createReceiver, type Logger, type Receiver } from 'hookproof'
import type { GitHubEvents } from 'hookproof/events/github'
import { captureRawBody, expressMiddleware } from 'hookproof/express'
import { fastifyPlugin } from 'hookproof/fastify'
import { fetchHandler } from 'hookproof/fetch'
import { koaMiddleware } from 'hookproof/koa'
import { type LambdaEvent, lambdaHandler } from 'hookproof/lambda'
import { nodeListener } from 'hookproof/node'
import { github } from 'hookproof/providers/github'
import Koa from 'koa'
import classicBodyParser from 'koa-bodyparser'
import Koa2 from 'koa2'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GITHUB_SECRET, githubDelivery } from '../support/github-delivery.js'

let logged: { code: string; message: string }[]
let ran: string[]
let receiver: Receiver<GitHubEvents>
let closing: (() => unknown)[]

beforeEach(() => {
  logged = []
  ran = []
  closing = []
  const log = (fields: object, message: string): unknown => logged.push({ code: codeOf(fields), message })
  const logger: Logger = { warn: log, error: log }
  receiver = createReceiver(github({ secret: GITHUB_SECRET }), { logger }).onAny((event) => ran.push(event.id))
})
afterEach(async () => {
  for (const close of closing) await close()
  await receiver.close()
})

function codeOf(fields: object): string {
  return 'code' in fields ? String(fields.code) : ''
}

/** The base URL of a server for this listener. */
async function serve(listener: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server has one
}

function expressApp(make: typeof express, parser: express.RequestHandler): Promise<string> {
  const app = make()
  app.use(parser)
  app.all('/webhooks', expressMiddleware(receiver))
  return serve(app)
}

function koaApp(Application: typeof Koa, ...before: Koa.Middleware[]): Promise<string> {
  const app = new Application()
  for (const middleware of before) app.use(middleware)
  const router = new Router()
  router.all('/webhooks', koaMiddleware(receiver))
  app.use(router.routes())
  return serve(app.callback())
}

async function fastifyApp(hook: 'reads' | 'replaces' | 'json'): Promise<string> {
  const app = fastify()
  if (hook !== 'json') {
    app.addHook('preParsing', async (_request, _reply, payload) => {
      const chunks: Buffer[] = []
      for await (const chunk of payload) chunks.push(chunk as Buffer) // no encoding is set
      const { Readable } = await import('node:stream')
      return hook === 'replaces' ? Readable.from([Buffer.concat(chunks)]) : payload
    })
  }
  app.post('/echo', async (request) => request.body)
  await app.register(fastifyPlugin(receiver, { path: '/webhooks' }))
  closing.push(() => app.close())
  return await app.listen({ port: 0, host: '127.0.0.1' })
}

function honoApp(): Promise<string> {
  const app = new Hono()
  app.use(async (c, next) => {
    await c.req.json()
    await next()
  })
  const handler = fetchHandler(receiver)
  app.all('/webhooks', (c) => handler(c.req.raw))
  const server = createAdaptorServer({ fetch: app.fetch })
  closing.push(() => server.close())
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  )
}

describe('a body that another parser has read', () => {
  const consumed: readonly [string, () => Promise<string>, fix: string][] = [
    ['Express 5, express.json', () => expressApp(express, express.json()), 'Express 4 and 5: '],
    ['Express 4, express.json', () => expressApp(express4, express4.json()), 'Express 4 and 5: '],
    ['Express 5, express.text', () => expressApp(express, express.text({ type: '*/*' })), 'Express 4 and 5: '],
    ['Koa 3, koa-bodyparser', () => koaApp(Koa, classicBodyParser()), 'Koa: '],
    ['Koa 2, koa-bodyparser', () => koaApp(Koa2, classicBodyParser()), 'Koa: '],
    ['Koa 3, @koa/bodyparser', () => koaApp(Koa, koaBodyParser()), 'Koa: '],
    ['Fastify, a hook that reads the payload', () => fastifyApp('reads'), 'Fastify: '],
    ['Hono, c.req.json()', honoApp, 'Hono: '],
    [
      'node:http, a listener that reads',
      () => {
        const listener = nodeListener(receiver)
        return serve((req, res) => void req.resume().on('end', () => void listener(req, res)))
      },
      'node:http: ',
    ],
    [
      'node:http, a listener that has begun to read',
      () => {
        const listener = nodeListener(receiver)
        return serve((req, res) => void req.once('data', () => void listener(req, res)))
      },
      'node:http: ',
    ],
  ]
  test.each(consumed)('is answered 500 at once, and the log says how to mount it: %s', async (_name, start, fix) => {
    const url = await start()
    const before = performance.now()
    const response = await fetch(`${url}/webhooks`, githubDelivery())
    expect(response.status).toBe(500)
    expect(performance.now() - before).toBeLessThan(2000)
    const codes = logged.filter(({ code }) => code.startsWith('ERR_'))
    expect(codes).toEqual([{ code: 'ERR_BODY_CONSUMED', message: expect.stringContaining(fix) }])
    expect(codes[0]?.message).not.toContain('logically awesome')
    expect(ran).toEqual([])
  })

  test('is answered 500 by a Lambda whose middleware parsed event.body', async () => {
    const { headers, body } = githubDelivery()
    const event = { rawPath: '/', headers, body: JSON.parse(body), requestContext: { http: { method: 'POST' } } }
    const result = await lambdaHandler(receiver)(event as LambdaEvent) // JavaScript hands it over all the same
    expect([result.statusCode, ran]).toEqual([500, []])
    const codes = logged.filter(({ code }) => code.startsWith('ERR_'))
    expect(codes).toEqual([{ code: 'ERR_BODY_CONSUMED', message: expect.stringContaining('Lambda: ') }])
  })

  test('is told at most once a minute', async () => {
    const url = await expressApp(express, express.json())
    for (let i = 0; i < 3; i++) expect((await fetch(`${url}/webhooks`, githubDelivery())).status).toBe(500)
    expect(logged.filter(({ code }) => code === 'ERR_BODY_CONSUMED')).toHaveLength(1)
  })
})

describe('a body that is still to be had', () => {
  const odd = '{"zen" : "\\u00e9",  "n":1.0}\n'
  const kept: readonly [string, () => Promise<string>][] = [
    ['Express 5, express.raw', () => expressApp(express, express.raw({ type: '*/*' }))],
    ['Express 4, express.raw', () => expressApp(express4, express4.raw({ type: '*/*' }))],
    ['Express 5, captureRawBody', () => expressApp(express, express.json({ verify: captureRawBody }))],
    ['Express 4, captureRawBody', () => expressApp(express4, express4.json({ verify: captureRawBody }))],
    ['Express 5, a parser for another type', () => expressApp(express, express.urlencoded({ extended: false }))],
    [
      'Express 4, a parser for another type, which leaves req.body = {}',
      () => expressApp(express4, express4.urlencoded({ extended: false })),
    ],
    [
      'Express 5, middleware that waits before it goes on',
      () => expressApp(express, (_req, _res, next) => void setTimeout(next, 30)),
    ],
    [
      'Express 5, middleware that has paused the stream',
      () =>
        expressApp(express, (req, _res, next) => {
          req.pause()
          setImmediate(next)
        }),
    ],
    [
      'Koa 3, disableBodyParser for the path',
      () =>
        koaApp(
          Koa,
          (ctx, next) => {
            Object.assign(ctx, { disableBodyParser: ctx.path.startsWith('/webhooks') })
            return next()
          },
          classicBodyParser(),
        ),
    ],
    [
      'Koa 3, rawBody as bytes',
      () =>
        koaApp(Koa, async (ctx, next) => {
          const chunks: Buffer[] = []
          for await (const chunk of ctx.req) chunks.push(chunk)
          Object.assign(ctx.request, { rawBody: Buffer.concat(chunks) })
          await next()
        }),
    ],
    ['Fastify, a hook that replaces the payload with the same bytes', () => fastifyApp('replaces')],
    ['Fastify, its own JSON parser', () => fastifyApp('json')],
  ]
  test.each(kept)('is verified byte by byte: %s', async (_name, start) => {
    const url = await start()
    const sent = githubDelivery(odd)
    const response = await fetch(`${url}/webhooks`, sent)
    expect([response.status, ran]).toEqual([200, [sent.headers['x-github-delivery']]])
    const forged = { ...sent, body: odd.replace('1.0', '1') }
    expect((await fetch(`${url}/webhooks`, forged)).status).toBe(401)
  })

  test.each(kept.slice(0, 3))('is measured against the limit: %s', async (_name, start) => {
    await receiver.close()
    receiver = createReceiver(github({ secret: GITHUB_SECRET }), { logger: false, maxBodyBytes: 10 })
    expect((await fetch(`${await start()}/webhooks`, githubDelivery())).status).toBe(413)
  })
})

test("the Fastify plugin leaves the application's parsers as they are", async () => {
  const url = await fastifyApp('json')
  const headers = { 'content-type': 'application/json' }
  const echo = await fetch(`${url}/echo`, { method: 'POST', headers, body: '{"a" : 1}' })
  expect(await echo.text()).toBe('{"a":1}')
  const other = await fetch(`${url}/echo`, { method: 'POST', headers: { 'content-type': 'x/y' }, body: 'a' })
  expect(other.status).toBe(415)
})
