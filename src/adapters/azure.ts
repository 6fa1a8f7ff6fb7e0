import type { WebhookEndpoint } from '../types.js'
import { type AdapterOptions, bodyDeadline, checkReceiver } from './_options.js'
import { paramsOf } from './_params.js'
import { WebBody, type WebRequest } from './_web.js'

export type { AdapterOptions } from './_options.js'

/** `HttpRequest` of the v4 programming model. */
export interface AzureRequest extends WebRequest {
  readonly params?: unknown
}
/** `HttpResponseInit` of the v4 programming model. */
export interface AzureResponse {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array
}

const FIX = `Azure Functions: the request was read before the handler. Hand it over first,
  const response = await azureHandler(receiver)(request)
  return response`

/**
 * A receiver as Azure Functions handler: `app.http('github', { methods: ['POST'], authLevel: 'anonymous', handler: azureHandler(receiver) })`.
 * `bodyTimeoutMs`: how long a body may take to arrive (@default 10 000 ms). Throws ConfigError for options that cannot work.
 * @see https://learn.microsoft.com/azure/azure-functions/functions-reference-node
 */
export function azureHandler(
  receiver: WebhookEndpoint,
  options?: AdapterOptions,
): (request: AzureRequest, context?: unknown) => Promise<AzureResponse> {
  checkReceiver(receiver, 'azureHandler')
  const deadlineMs = bodyDeadline(options, 'azureHandler')
  return async function hookproofHandler(request) {
    const { method, url, headers } = request
    const body = new WebBody(request, FIX, deadlineMs)
    const reply = await receiver.receive({ method, url, headers, params: paramsOf(request.params), body: body.read })
    return { status: reply.status, headers: body.replyHeaders(reply), body: reply.body }
  }
}
