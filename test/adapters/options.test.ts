import { type Handler, Hono } from 'hono'
import { azureHandler } from 'hookproof/azure'
import { expressGuard, expressMiddleware } from 'hookproof/express'
import { fastifyPlugin } from 'hookproof/fastify'
import { fetchHandler } from 'hookproof/fetch'
import { koaGuard, koaMiddleware } from 'hookproof/koa'
import { lambdaHandler } from 'hookproof/lambda'
import { HookproofModule } from 'hookproof/nest'
import { nextPagesHandler } from 'hookproof/next-pages'
import { nodeListener } from 'hookproof/node'
import { describe, expect, test } from 'vitest'
import type { WebhookEndpoint } from '../../src/types.js'

const endpoint: WebhookEndpoint = {
  provider: { id: 'none' },
  receive: () => Promise.reject(new Error('not called')),
  guard: () => () => Promise.reject(new Error('not called')),
}

const adapters = {
  azureHandler,
  expressGuard,
  expressMiddleware,
  fastifyPlugin,
  fetchHandler,
  koaGuard,
  koaMiddleware,
  nextPagesHandler,
  nodeListener,
}

describe.each(Object.entries(adapters))('%s', (name, adapter) => {
  test('refuses an unknown option when it is made, and names itself', () => {
    const make = (): unknown => adapter(endpoint, { bodyTimeoutMS: 5 } as object)
    expect(make).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_UNKNOWN', message: expect.stringContaining(name) }),
    )
  })

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    'refuses a body deadline of %d',
    (bodyTimeoutMs) => {
      expect(() => adapter(endpoint, { bodyTimeoutMs })).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
      )
    },
  )

  test('returns a function with a name, so that stack traces show it', () => {
    expect(adapter(endpoint).name).toMatch(/^hookproof[A-Z]\w+$/)
  })
})

/** A provider in place of a receiver is the likeliest mistake. */
const noReceivers = {
  nothing: undefined,
  null: null,
  'a provider': { id: 'none', scheme: {} },
  'a function': () => 200,
}

describe.each(Object.entries({ ...adapters, lambdaHandler, HookproofModule: mountNest }))('%s', (name, adapter) => {
  test.each(Object.entries(noReceivers))(
    'refuses %s for a receiver when it is mounted, and names itself',
    (_, given) => {
      const make = (): unknown => adapter(given as unknown as WebhookEndpoint) // the types would not let it through
      expect(make).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION_INVALID', message: expect.stringContaining(name) }),
      )
    },
  )
})

function mountNest(receiver: WebhookEndpoint): void {
  const { module: Module } = HookproofModule.forRoot({ path: 'webhooks', receiver })
  new Module().configure({ apply: () => ({ forRoutes: () => undefined }) })
}

test("fetchHandler says how to mount it in Hono, where it is handed Hono's context", async () => {
  const app = new Hono()
  const seen: unknown[] = []
  app.all('/hook', fetchHandler(endpoint) as unknown as Handler) // a beginner's mistake in JavaScript
  app.onError((error, c) => {
    seen.push(error)
    return c.text('', 500)
  })
  expect((await app.request('/hook', { method: 'POST', body: '{}' })).status).toBe(500)
  const code = 'ERR_OPTION_INVALID'
  expect(seen).toEqual([expect.objectContaining({ code, message: expect.stringContaining('handler(c.req.raw)') })])
})
