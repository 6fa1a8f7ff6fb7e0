import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { fetchHandler } from 'hookproof/fetch'
import { listening, PREFIX } from '../support/adapter-servers.js'
import { runContract } from '../support/run-contract.js'

runContract({
  name: 'Hono 4',
  start(endpoint, options) {
    const handler = fetchHandler(endpoint, options)
    const app = new Hono()
    app.all(`${PREFIX}/:tenant`, (c) => handler(c.req.raw, { params: c.req.param() }))
    return listening(createAdaptorServer({ fetch: app.fetch }) as Server) // HTTP/1, since no createServer was given
  },
})
