import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { fetchHandler } from 'hookproof/fetch'
import { listening, PREFIX, TENANT } from '../support/adapter-servers.js'
import { runContract } from '../support/run-contract.js'
import { webPlatform } from '../support/web-platform.js'

const joined = { case: 'signature-doubled-malformed', reason: 'the Headers of a web request join repeated fields' }

runContract({
  name: 'Hono 4',
  start(endpoint, options) {
    const handler = fetchHandler(endpoint, options)
    const app = new Hono()
    app.all(`${PREFIX}/:tenant`, (c) => handler(c.req.raw, { params: c.req.param() }))
    return listening(createAdaptorServer({ fetch: app.fetch }) as Server) // HTTP/1, since no createServer was given
  },
  skip: [joined],
})

runContract({
  name: 'fetch',
  start(endpoint, options) {
    const handler = fetchHandler(endpoint, options)
    return webPlatform(async (request) => {
      const response = await handler(request, { params: Promise.resolve({ tenant: TENANT }) })
      return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) }
    })
  },
  skip: [joined],
})
