// An HTTP server with hookproof. It writes down what it does, line by line, so that its death leaves a trace.
import { AsyncLocalStorage } from 'node:async_hooks'
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createReceiver, defineProvider } from 'hookproof'
import { nodeListener } from 'hookproof/node'
import { json } from 'hookproof/schemes/formats'
import { hmac } from 'hookproof/schemes/hmac'
import { alwaysWon } from './always-won.mjs'
import { deliverAll, eventNames, plan } from './deliveries.mjs'
import { stores } from './stores.mjs'

const options = JSON.parse(process.env.STORM)
const { folder, store: name, at, secret, leaseMs, handlerMs, port, dieAt, broken } = options

const write = (file, ...fields) => appendFileSync(`${folder}/${file}`, `${fields.join(' ')}\n`)
const mark = (...fields) => write('history.log', ...fields, process.pid)

/** Where every step counts it says where it is, and stops there for good if this is the point to die at. */
const reached = (point, event) => {
  if (dieAt === undefined) return
  mark(point, event)
  if (point === dieAt) process.kill(process.pid, 'SIGKILL')
}

/** The event of the request that is being worked on: a store is only told its key. */
const request = new AsyncLocalStorage()
const current = () => request.getStore().event

/** Claims and finishes leave a mark before and after; what they do is the store's own. */
function watched(store) {
  const { transaction } = store
  return {
    ...store,
    async claim(key, claim) {
      reached('claiming', current())
      const result = await store.claim(key, claim)
      if (result.status === 'won') {
        mark('won', current(), result.attempt)
        reached('claimed', current())
      }
      return result
    },
    async finish(key, finish) {
      reached('finishing', current())
      const result = await store.finish(key, finish)
      reached('finished', current())
      return result
    },
    transaction:
      transaction &&
      (async (key, run, work) => {
        reached('claiming', current())
        const result = await transaction(key, run, async (client, attempt) => {
          reached('claimed', current())
          const value = await work(client, attempt)
          reached('finishing', current())
          return value
        })
        reached('finished', current())
        return result
      }),
  }
}

const provider = defineProvider({
  id: 'storm',
  name: 'Storm',
  docs: 'https://example.com',
  scheme: hmac({ secret, signature: { header: 'x-storm-signature' } }),
  body: json,
  identify({ id, type }) {
    request.getStore().event = id
    return { id, type }
  },
  facts: { coverage: 'full', idSigned: true, idStable: 'yes', retryHorizonSeconds: 3600 },
})

const { store, effect = (_, ...fields) => write('effects.log', ...fields) } = await stores[name].open(at)
const tested = broken ? alwaysWon(store) : store
const receiver = createReceiver(provider, { store: tested && watched(tested), leaseMs, logger: false })
receiver.onAny(async ({ id }, { attempt, fence, transaction }) => {
  reached('begun', id)
  await sleep(handlerMs / 2)
  reached('midway', id)
  await effect(transaction, id, process.pid, attempt, fence)
  reached('effect', id)
  await sleep(handlerMs / 2)
})

const listener = nodeListener(receiver)
const server = createServer((incoming, response) => {
  const end = response.end.bind(response)
  response.end = (...body) => {
    reached('replying', '-')
    return end(...body)
  }
  void request.run({}, () => listener(incoming, response))
})

/** This worker's share of the deliveries, without HTTP in between. */
process.on('message', async ({ deliveries, events, ...rest }) => {
  const queue = plan(eventNames(events), deliveries)
  const { statuses, acknowledged } = await deliverAll(queue, { secret, ...rest }, async ({ body, signature }) => {
    const headers = { 'x-storm-signature': signature }
    const { status } = await request.run({}, () => receiver.receive({ method: 'POST', url: '/', headers, body }))
    return status
  })
  appendFileSync(`${folder}/acknowledged.log`, `${acknowledged.join('\n')}\n`)
  process.send({ statuses })
})
process.on('disconnect', () => process.exit())
server.listen(port, '127.0.0.1', () => process.send(server.address().port))
