import { azureHandler } from 'hookproof/azure'
import { TENANT } from '../support/adapter-servers.js'
import { runContract } from '../support/run-contract.js'
import { webPlatform } from '../support/web-platform.js'

// HttpRequest and HttpResponseInit in the shapes that Azure documents: the platform itself runs nowhere but there.
runContract({
  name: 'Azure Functions, recorded shapes',
  start(endpoint, options) {
    const handler = azureHandler(endpoint, options)
    return webPlatform(async (request) => {
      const { status, headers, body } = await handler(Object.assign(request, { params: { tenant: TENANT } }))
      return { status, headers, bytes: Buffer.from(body) }
    })
  },
  skip: [{ case: 'signature-doubled-malformed', reason: 'the Headers of a web request join repeated fields' }],
})
