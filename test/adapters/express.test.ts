import { createServer } from 'node:http'
import express from 'express'
import express4 from 'express4'
import { expressMiddleware } from 'hookproof/express'
import { listening, PREFIX } from '../support/adapter-servers.js'
import { runContract } from '../support/run-contract.js'

for (const [name, make] of [
  ['Express 5', express],
  ['Express 4', express4],
] as const) {
  runContract({
    name,
    start(endpoint, options) {
      const app = make()
      const router = make.Router()
      router.all('/:tenant', expressMiddleware(endpoint, options))
      app.use(PREFIX, router)
      return listening(createServer(app))
    },
  })
}
