import { createHmac } from 'node:crypto'
import {
  createReceiver,
  defineProvider,
  type EventOf,
  isWebhookError,
  memoryStore,
  PermanentError,
  type Provider,
  type Store,
  WebhookError,
} from 'hookproof'
import { expressGuard, expressMiddleware } from 'hookproof/express'
import { fetchHandler } from 'hookproof/fetch'
import { lambdaHandler } from 'hookproof/lambda'
import { github } from 'hookproof/providers/github'
import { hmac } from 'hookproof/providers/hmac'
import { slack } from 'hookproof/providers/slack'
import { standardWebhooks } from 'hookproof/providers/standard-webhooks'
import { stripe } from 'hookproof/providers/stripe'
import { json } from 'hookproof/schemes/formats'
import { hmac as hmacScheme } from 'hookproof/schemes/hmac'
import { redisStore } from 'hookproof/stores/redis'
import { signRequest, storeContract } from 'hookproof/testing'
import { onPush } from './handlers.js'

const secret = 'a secret of enough length'
const store: Store = memoryStore({ maxRecords: 10 })

export const receiver = createReceiver(github({ secret: [secret, process.env.OLD_SECRET] }), {
  store,
  logger: false,
})
receiver
  .on('pull_request.opened', (event) => event.payload.pull_request.title.toUpperCase())
  .on('push', onPush)
  .on(['issues.opened', 'create'], (event) => (event.type === 'create' ? event.payload.ref : event.payload.issue.title))
  .on('issues.*', (event) => event.payload.issue.number, { name: 'audit' })
  .onAny((event) => event.type)
  .onError((error) => error.code)

export const opened = (event: EventOf<typeof receiver, 'pull_request.opened'>): string =>
  event.payload.pull_request.title

createReceiver(stripe({ secret })).on('invoice.paid', (event) => event.payload)
createReceiver(slack({ secret })).on('app_mention', (event) => event.payload.event.text)
createReceiver(standardWebhooks<{ 'user.created': { data: { id: string } } }>({ secret: `whsec_${btoa(secret)}` })).on(
  'user.created',
  (event) => event.payload.data.id,
)
createReceiver(
  hmac<{ 'order.paid': { total: number } }>({ secret, signature: { header: 'x-signature' }, id: { path: 'id' } }),
).on('order.paid', (event) => event.payload.total.toFixed(2))

export const acme: Provider<'acme', { ping: { n: number } }> = defineProvider<'acme', { ping: { n: number } }>({
  id: 'acme',
  name: 'Acme',
  docs: 'https://acme.example',
  scheme: hmacScheme({ secret, signature: { header: 'acme-signature' } }),
  body: json,
  identify: () => ({ id: 'a', type: 'ping' }),
  facts: { coverage: 'full', idSigned: true, idStable: 'yes', retryHorizonSeconds: 0 },
})

// Mounting asks for no framework's types.
export const mounted = [expressMiddleware(receiver), fetchHandler(receiver), lambdaHandler(receiver)]
export const guard = expressGuard(createReceiver(acme))
export const tested = [signRequest, storeContract, redisStore]

const body = '{"ref":"refs/heads/main","before":"a","after":"b","commits":[],"pusher":{},"repository":{}}'
const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
const headers = {
  'x-hub-signature-256': signature,
  'x-github-event': 'push',
  'x-github-delivery': '1',
  'content-type': 'application/json',
}
void receiver.receive({ method: 'POST', url: '/', headers, body }).then(async (reply) => {
  const refused: unknown = await receiver
    .verify({ method: 'POST', url: '/', headers: {}, body })
    .catch((error: unknown) => error)
  const fine =
    reply.status === 200 &&
    reply.outcome === 'handled' &&
    isWebhookError(refused) &&
    refused instanceof WebhookError &&
    new PermanentError() instanceof WebhookError
  console.log(fine ? 'ran' : `failed: ${JSON.stringify(reply)} ${String(refused)}`)
})
