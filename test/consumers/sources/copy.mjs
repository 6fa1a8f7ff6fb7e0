import { createHmac } from 'node:crypto'
import { createReceiver, isWebhookError, PermanentError, WebhookError } from 'hookproof'
import { github } from 'hookproof/providers/github'

const secret = 'a secret of enough length'
const body = '{"ref":"refs/heads/main","before":"a","after":"b","commits":[],"pusher":{},"repository":{}}'
const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
const headers = { 'x-hub-signature-256': signature, 'x-github-event': 'push', 'x-github-delivery': '1' }

export { isWebhookError, WebhookError }
export const permanent = () => new PermanentError('of another copy')
export const refused = () =>
  createReceiver(github({ secret }), { logger: false })
    .verify({ method: 'POST', url: '/', headers: {}, body })
    .catch((error) => error)
/** A permanent failure of another copy settles the event all the same. */
export const runs = (error) =>
  createReceiver(github({ secret }), { logger: false })
    .on('push', () => {
      throw error
    })
    .receive({ method: 'POST', url: '/', headers, body })
