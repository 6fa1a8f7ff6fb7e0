import type { WebhookEndpoint } from '../types.js'
import { type NodeRequest, type NodeResponse, ReceivedRequest, send } from './_node.js'
import { type AdapterOptions, bodyDeadline, checkReceiver } from './_options.js'

export type { NodeRequest, NodeResponse } from './_node.js'
export type { AdapterOptions } from './_options.js'

const FIX = `node:http: nothing may read the request before the listener:
  const webhooks = nodeListener(receiver)
  createServer((req, res) => (req.url === '/webhooks' ? webhooks(req, res) : app(req, res)))`

/**
 * A receiver as request listener: `http.createServer(nodeListener(receiver))`, HTTP/2 servers alike.
 * `bodyTimeoutMs`: how long a body may take to arrive (@default 10 000 ms). Throws ConfigError for options that cannot work.
 * @see https://nodejs.org/api/http.html#event-request
 */
export function nodeListener(
  receiver: WebhookEndpoint,
  options?: AdapterOptions,
): (req: NodeRequest, res: NodeResponse) => Promise<void> {
  checkReceiver(receiver, 'nodeListener')
  const mount = { fix: FIX, deadlineMs: bodyDeadline(options, 'nodeListener') }
  return function hookproofListener(req, res) {
    const request = new ReceivedRequest(req, mount)
    return request.onceArrived(async () => send(res, await receiver.receive(request), request))
  }
}
