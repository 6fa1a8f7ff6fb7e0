import { createServer } from 'node:http'
import { nextPagesHandler } from 'hookproof/next-pages'
import { listening } from '../support/adapter-servers.js'
import { runContract } from '../support/run-contract.js'

// The shape of NextApiRequest; Next.js itself is started by test/matrix.
runContract({
  name: 'Next.js pages router, shape',
  start(endpoint, options) {
    const handler = nextPagesHandler(endpoint, options)
    return listening(
      createServer((req, res) => {
        const url = new URL(req.url ?? '/', 'http://localhost')
        const query = { ...Object.fromEntries(url.searchParams), tenant: url.pathname.split('/').at(-1) }
        void handler(Object.assign(req, { query }), res)
      }),
    )
  },
})
