// Standard Webhooks: every other delivery in the svix-* spelling; signed by standardwebhooks and by svix.
import { randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'

const types = [
  'contact.created',
  'contact.updated',
  'user.created',
  'user.deleted',
  'session.ended',
  'email.sent',
  'email.bounced',
  'response.completed',
  'batch.failed',
  'order.created',
  'order.refunded',
  'invoice.paid',
]

const delivery = (type, family) => ({
  family,
  headers: { 'content-type': 'application/json', [`${family}-id`]: `msg_${randomUUID()}` },
  body: Buffer.from(
    JSON.stringify({ type, timestamp: new Date().toISOString(), data: { id: randomUUID(), name: 'Zoë' } }),
  ),
})

export const standardWebhooks = {
  name: 'Std Webhooks',
  path: '/standard-webhooks',
  signedBy: 'standardwebhooks, svix',
  idIn: 'signed header',
  timestamped: true,
  limit: 1024 * 1024,
  genuine: () => types.map((type, index) => delivery(type, index % 2 === 0 ? 'webhook' : 'svix')),
  fresh: () => delivery('order.created', 'webhook'),
  async sign({ headers, body, family }, secret, time = Date.now()) {
    const signer = family === 'svix' ? new SvixWebhook(secret) : new Webhook(secret)
    const signature = signer.sign(headers[`${family}-id`], new Date(time), body.toString())
    return { ...headers, [`${family}-timestamp`]: String(Math.floor(time / 1000)), [`${family}-signature`]: signature }
  },
  withFreshId: (headers) => ({ ...headers, 'webhook-id': `msg_${randomUUID()}` }),
  handshakes: [],
}
