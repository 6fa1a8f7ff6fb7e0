import { invalidOption } from '../lib/options.js'
import type { Reply, WebhookEndpoint } from '../types.js'
import { type AdapterOptions, bodyDeadline, checkReceiver } from './_options.js'
import { paramsOf } from './_params.js'
import { WebBody, type WebRequest } from './_web.js'

export type { AdapterOptions } from './_options.js'
export type { WebRequest } from './_web.js'

const FIX = `fetch: the Request was read before the handler. Read the clone instead,
  const copy = request.clone()
  return handler(request)
Hono: app.all('/webhooks', (c) => handler(c.req.raw)) above middleware that reads the body`

/** Statuses whose Response must not have a body. */
const BODILESS = new Set([204, 205, 304])

/**
 * A receiver as fetch handler, for Next.js route handlers, Hono, Bun.serve, Deno.serve, Workers and the like:
 * `export const POST = fetchHandler(receiver)`. Path parameters are taken from the second argument's `params`, or the request's.
 * `bodyTimeoutMs`: how long a body may take to arrive (@default 10 000 ms). Throws ConfigError for options that cannot work.
 * @see https://fetch.spec.whatwg.org/#request-class
 */
export function fetchHandler(
  receiver: WebhookEndpoint,
  options?: AdapterOptions,
): (request: WebRequest, context?: unknown) => Promise<Response> {
  checkReceiver(receiver, 'fetchHandler')
  const deadlineMs = bodyDeadline(options, 'fetchHandler')
  return async function hookproofHandler(request, context) {
    const { method, url, headers } = request
    if (typeof method !== 'string')
      throw invalidOption('fetchHandler', 'the request', 'a Request: in Hono (c) => handler(c.req.raw)')
    // Next.js hands the parameters over as a promise.
    const params = paramsOf((await paramsIn(context)) ?? paramsIn(request))
    const body = new WebBody(request, FIX, deadlineMs)
    const reply = await receiver.receive({ method, url, headers, params, body: body.read })
    const { status } = reply
    return new Response(BODILESS.has(status) ? null : bytesOf(reply), { status, headers: body.replyHeaders(reply) })
  }
}

/** A Response gives text a type of its own. */
function bytesOf({ body }: Reply): Uint8Array<ArrayBuffer> | null {
  if (body.length === 0) return null
  return typeof body === 'string' ? Buffer.from(body) : new Uint8Array(body)
}

function paramsIn(holder: unknown): unknown {
  return typeof holder === 'object' && holder !== null && 'params' in holder ? holder.params : undefined
}
