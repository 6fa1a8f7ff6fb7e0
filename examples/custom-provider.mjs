// A sender of your own, written exactly as the built-in ones are. It signs `<timestamp>.<body>` and names events in the body.
import { createServer } from 'node:http'
import { createReceiver, defineProvider, knownOptions } from 'hookproof'
import { nodeListener } from 'hookproof/node'
import { json } from 'hookproof/schemes/formats'
import { hmac } from 'hookproof/schemes/hmac'
import { body, timestamp } from 'hookproof/schemes/parts'

/** @typedef {{ id: string, type: string, amount: number }} Payment */

/** @param {{ secret: import('hookproof').SecretOption }} options */
function acmePay(options) {
  const { secret } = knownOptions('acmePay', options, ['secret'])
  return defineProvider({
    id: 'acme-pay',
    name: 'Acme Pay',
    docs: 'https://docs.acme.example/webhooks',
    scheme: hmac({
      secret,
      signature: { header: 'x-acme-signature', prefix: 'v1=' },
      timestamp: { header: 'x-acme-timestamp', unit: 's' },
      signed: [timestamp, '.', body],
    }),
    body: json,
    identify: (payload) => /** @type {Payment} */ (payload), // id and type, under those very names
    facts: { coverage: 'full', idSigned: true, idStable: 'yes', retryHorizonSeconds: 24 * 3600 },
  })
}

const receiver = createReceiver(acmePay({ secret: process.env.ACME_WEBHOOK_SECRET }))
  .on('payment.settled', (event) => console.log(`settled: ${/** @type {Payment} */ (event.payload).amount}`))
  .onUnhandled((event) => console.log(`ignored: ${event.type}`))

const server = createServer(nodeListener(receiver))
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`listening on http://127.0.0.1:${port}/webhooks/acme`)
})

process.once('SIGTERM', async () => {
  await receiver.close()
  server.close()
})
