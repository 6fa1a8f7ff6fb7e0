import { createServer } from 'node:http'
import Router from '@koa/router'
import { koaMiddleware } from 'hookproof/koa'
import Koa from 'koa'
import Koa2 from 'koa2'
import { listening, PREFIX } from '../support/adapter-servers.js'
import { runContract } from '../support/run-contract.js'

for (const [name, Application] of [
  ['Koa 3', Koa],
  ['Koa 2', Koa2],
] as const) {
  runContract({
    name,
    start(endpoint, options) {
      const app = new Application()
      app.silent = true
      const router = new Router({ prefix: PREFIX })
      router.all('/:tenant', koaMiddleware(endpoint, options))
      app.use(router.routes())
      return listening(createServer(app.callback()))
    },
  })
}
