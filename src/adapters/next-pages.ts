import type { WebhookEndpoint } from '../types.js'
import { type NodeRequest, type NodeResponse, ReceivedRequest, send } from './_node.js'
import { type AdapterOptions, bodyDeadline, checkReceiver } from './_options.js'

export type { NodeResponse } from './_node.js'
export type { AdapterOptions } from './_options.js'

/** `NextApiRequest`: the parameters of a dynamic route stand among those of the query. */
export interface NextPagesRequest extends NodeRequest {
  readonly query?: unknown
}

const FIX = `Next.js pages router: switch the body parser off in the file of the API route,
  export default nextPagesHandler(receiver)
  export const config = { api: { bodyParser: false } }`

/**
 * A receiver as API route of the Next.js pages router: `export default nextPagesHandler(receiver)`, together with
 * `export const config = { api: { bodyParser: false } }` in the same file. In the app router use `fetchHandler`.
 * `bodyTimeoutMs`: how long a body may take to arrive (@default 10 000 ms). Throws ConfigError for options that cannot work.
 * @see https://nextjs.org/docs/pages/building-your-application/routing/api-routes
 */
export function nextPagesHandler(
  receiver: WebhookEndpoint,
  options?: AdapterOptions,
): (req: NextPagesRequest, res: NodeResponse) => Promise<void> {
  checkReceiver(receiver, 'nextPagesHandler')
  const mount = { fix: FIX, deadlineMs: bodyDeadline(options, 'nextPagesHandler') }
  return function hookproofHandler(req, res) {
    const request = new ReceivedRequest(req, mount, { params: req.query })
    return request.onceArrived(async () => send(res, await receiver.receive(request), request))
  }
}
