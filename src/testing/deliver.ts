import type { WebhookEndpoint, WebhookReply } from '../types.js'
import type { SignedRequest } from './sign-request.js'

/** What came back over HTTP. */
export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Hands a request to a receiver in process, or to a running server by its URL over HTTP (the request's own path is replaced by it).
 *
 * @example
 * expect(await deliver(receiver, signRequest(provider, { secret, body }))).toMatchObject({ outcome: 'handled' })
 */
export function deliver(target: WebhookEndpoint, request: SignedRequest): Promise<WebhookReply>
export function deliver(target: string | URL, request: SignedRequest): Promise<HttpReply>
export function deliver(
  target: WebhookEndpoint | string | URL,
  request: SignedRequest,
): Promise<WebhookReply | HttpReply> {
  return typeof target === 'string' || target instanceof URL ? overHttp(target, request) : target.receive(request)
}

async function overHttp(url: string | URL, { method, headers, body }: SignedRequest): Promise<HttpReply> {
  const bodyless = method === 'GET' || method === 'HEAD'
  const response = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    ...(bodyless ? {} : { body: new Uint8Array(body) }),
  })
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
}
