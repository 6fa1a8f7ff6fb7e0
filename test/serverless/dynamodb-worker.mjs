// One receiving process of the storm: delivers what it is told to its own receiver, again while that answers 503.
import { createHmac } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { connect } from './dynalite.mjs'

const { url, endpoint, table, effects, deduplicate } = JSON.parse(process.argv[2])
const { createReceiver, defineProvider, dynamodbStore, hmac, json } = await import(url)
const SECRET = 'acme-secret-of-more-than-16-bytes'
const client = connect(endpoint)
const provider = defineProvider({
  id: 'acme',
  name: 'Acme',
  docs: 'https://acme.example/webhooks',
  scheme: hmac({ secret: SECRET, signature: { header: 'acme-signature' } }),
  body: json,
  identify: (payload, message) => ({ id: message.header('acme-id'), type: payload.type }),
  facts: { coverage: 'full', idSigned: false, idStable: 'yes', retryHorizonSeconds: 3600 },
})
const store = deduplicate ? dynamodbStore(client, { table }) : false
const receiver = createReceiver(provider, { store, logger: false, endpoint: 'storm' }).onAny((event) => {
  appendFileSync(effects, `${event.id}\n`)
})

process.once('message', async (ids) => {
  const statuses = {}
  const body = JSON.stringify({ type: 'ping' })
  const signature = createHmac('sha256', SECRET).update(body).digest('hex')
  const sender = async () => {
    for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
      const headers = { 'content-type': 'application/json', 'acme-id': id, 'acme-signature': signature }
      for (;;) {
        const { status } = await receiver.receive({ method: 'POST', url: '/hooks', headers, body })
        statuses[status] = (statuses[status] ?? 0) + 1
        if (status !== 503) break
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, sender))
  client.destroy()
  process.send(statuses)
})
process.send('ready')
