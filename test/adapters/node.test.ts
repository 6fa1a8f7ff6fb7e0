import { createServer } from 'node:http'
import { nodeListener } from 'hookproof/node'
import { listening } from '../support/adapter-servers.js'
import { runContract } from '../support/run-contract.js'

runContract({
  name: 'node:http',
  start: (endpoint, options) => listening(createServer(nodeListener(endpoint, options))),
  skip: [{ case: 'path-parameters', reason: 'node:http has no router, so there are no path parameters' }],
})
