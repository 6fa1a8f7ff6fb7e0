// An HTTP server with hookproof. It writes down what it does, line by line, so that its death leaves a trace.
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createReceiver, defineProvider } from 'hookproof'
import { nodeListener } from 'hookproof/node'
import { json } from 'hookproof/schemes/formats'
import { hmac } from 'hookproof/schemes/hmac'
import { stores } from './stores.mjs'

const options = JSON.parse(process.env.STORM)
const { folder, store: name, at, secret, leaseMs, handlerMs, port, dieAt, transaction = false } = options

const mark = (...fields) => appendFileSync(`${folder}/history.log`, `${[...fields, process.pid].join(' ')}\n`)

/** Where every step counts it says where it is, and stops there for good if this is the point to die at. */
const reached = (point, event) => {
  if (dieAt === undefined) return
  mark(point, event)
  if (point === dieAt) process.kill(process.pid, 'SIGKILL')
}

/** Claims and finishes leave a mark before and after; what they do is the store's own. */
function watched(store) {
  const events = new Map()
  return {
    ...store,
    async claim(key, claim) {
      events.set(key, claim.tag)
      reached('claiming', claim.tag)
      const result = await store.claim(key, claim)
      if (result.status === 'won') {
        mark('won', claim.tag, result.attempt)
        reached('claimed', claim.tag)
      }
      return result
    },
    async finish(key, finish) {
      reached('finishing', events.get(key))
      const result = await store.finish(key, finish)
      mark(result, events.get(key), finish.to)
      reached('finished', events.get(key))
      return result
    },
  }
}

const provider = defineProvider({
  id: 'storm',
  name: 'Storm',
  docs: 'https://example.com',
  scheme: hmac({ secret, signature: { header: 'x-storm-signature' } }),
  body: json,
  identify: ({ id, type }) => ({ id, type }),
  facts: { coverage: 'full', idSigned: true, idStable: 'yes', retryHorizonSeconds: 3600 },
})

const { store } = name === 'none' ? { store: false } : await stores[name].open(at, { transaction })
const receiver = createReceiver(provider, {
  store: store === false ? false : watched(store),
  leaseMs,
  logger: false,
}).onAny(async ({ id }, { attempt, fence }) => {
  reached('begun', id)
  await sleep(handlerMs / 2)
  reached('midway', id)
  appendFileSync(`${folder}/effects.log`, `${[id, process.pid, attempt, fence].join(' ')}\n`)
  reached('effect', id)
  await sleep(handlerMs / 2)
})

const listener = nodeListener(receiver)
const server = createServer((request, response) => {
  const end = response.end.bind(response)
  response.end = (...body) => {
    reached('replying', '-')
    return end(...body)
  }
  void listener(request, response)
})
server.listen(port, '127.0.0.1', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
