import type { Reply, WebhookRequest } from '../types.js'
import { type BodyHolder, NodeBody } from './_body.js'
import { paramsOf } from './_params.js'
import type { BodyStream } from './_stream.js'

type Fields = Readonly<Record<string, string | readonly string[] | undefined>>

/** `http.IncomingMessage`, `http2.Http2ServerRequest` or a framework's request that extends them. */
export interface NodeRequest extends BodyStream, BodyHolder {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** The URL before routers cut off what they had matched. */
  readonly originalUrl?: string | undefined
  readonly headers: Fields
  readonly rawHeaders?: readonly string[] | undefined
  readonly httpVersionMajor?: number | undefined
  readonly params?: unknown
}

/** `http.ServerResponse`, `http2.Http2ServerResponse` or a framework's response that extends them. */
export interface NodeResponse {
  statusCode: number
  readonly headersSent: boolean
  readonly destroyed?: boolean | undefined
  setHeader(name: string, value: string): unknown
  end(body: string | Uint8Array): unknown
}

/** A Node request for the receiver, and its body, which knows whether the connection can be used again. */
export interface Translated {
  readonly req: NodeRequest
  readonly request: WebhookRequest
  readonly body: NodeBody
}

/** `holders`: where a framework keeps what a parser read. @default the request */
export function translate(
  req: NodeRequest,
  options: { readonly fix: string; readonly deadlineMs: number; readonly holders?: readonly BodyHolder[] },
): Translated {
  const { fix, deadlineMs, holders = [req] } = options
  const body = new NodeBody({ stream: req, headers: req.headers, holders, fix, deadlineMs })
  const request = {
    method: req.method ?? '',
    url: req.originalUrl ?? req.url ?? '',
    headers: isHttp2(req) ? withoutPseudoHeaders(req.headers) : req.headers,
    rawHeaders: req.rawHeaders,
    params: paramsOf(req.params),
    body: body.read,
  }
  return { req, request, body }
}

/** Hands every header of a reply on, with those that HTTP/1 needs where the body was not read to its end. */
export function writeHeaders(
  { status, headers, body: content }: Reply,
  { req, body }: Translated,
  write: (name: string, value: string) => unknown,
): void {
  for (const name in headers) write(name, headers[name] as string) // a plain object of texts
  if (status !== 204 && status !== 304) write('content-length', String(byteLength(content)))
  if (body.unread && !isHttp2(req)) write('connection', 'close')
}

/** Answers, unless the client has gone or somebody else has answered. */
export function send(res: NodeResponse, reply: Reply, translated: Translated): void {
  if (res.headersSent || res.destroyed === true) return
  res.statusCode = reply.status
  writeHeaders(reply, translated, (name, value) => res.setHeader(name, value))
  res.end(reply.body)
}

function byteLength(body: string | Uint8Array): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length
}

function isHttp2(req: NodeRequest): boolean {
  return (req.httpVersionMajor ?? 1) >= 2
}

function withoutPseudoHeaders(headers: Fields): Fields {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')))
}
