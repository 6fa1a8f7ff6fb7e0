import type { BodyReader, Reply, WebhookRequest } from '../types.js'
import { type BodyHolder, type HeadersHolder, NodeBody } from './_body.js'
import { paramsOf } from './_params.js'
import { type BodyStream, onceArrived } from './_stream.js'

type Fields = HeadersHolder['headers']

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

/** How an adapter reads its requests. */
export interface Mount {
  /** How to mount hookproof before the parser that read the stream, in two lines. */
  readonly fix: string
  readonly deadlineMs: number
}

/** What a framework knows better than its request. */
interface Particulars {
  /** Where it keeps what a parser read. @default the request */
  readonly holders?: readonly BodyHolder[] | undefined
  /** @default the request, to be read */
  readonly stream?: BodyStream | undefined
  readonly url?: string | undefined
  readonly params?: unknown
}

/** A Node request as the receiver takes it; what nobody asks for is not worked out. */
export class ReceivedRequest implements WebhookRequest {
  readonly url: string
  readonly params: WebhookRequest['params']
  readonly body: BodyReader = (limit) => this.#body.read(limit)
  readonly #req: NodeRequest
  readonly #stream: BodyStream
  readonly #body: NodeBody

  constructor(req: NodeRequest, { fix, deadlineMs }: Mount, particulars: Particulars = {}) {
    const { holders = [req], stream = req, url = req.originalUrl ?? req.url ?? '', params = req.params } = particulars
    this.url = url
    this.params = paramsOf(params)
    this.#req = req
    this.#stream = stream
    this.#body = new NodeBody({ stream, head: req, holders, fix, deadlineMs })
  }

  /** Begins when the body may have arrived. Nothing may come between that and asking for it. */
  onceArrived<T>(begin: () => Promise<T>): Promise<T> {
    return onceArrived(this.#stream, begin)
  }
  /** Resolves when parsers further on find nothing to read any more. */
  ended(): Promise<void> {
    return this.#body.ended()
  }
  get method(): string {
    return this.#req.method ?? ''
  }
  get headers(): Fields {
    return this.isHttp2 ? withoutPseudoHeaders(this.#req.headers) : this.#req.headers
  }
  get rawHeaders(): readonly string[] | undefined {
    return this.#req.rawHeaders
  }
  get isHttp2(): boolean {
    return (this.#req.httpVersionMajor ?? 1) >= 2
  }
  /** Some of the body may still be on its way: the connection cannot be used again. */
  get unread(): boolean {
    return this.#body.unread
  }
}

/** Hands every header of a reply on, with its length and what HTTP/1 needs where the body was not read to its end. */
export function writeHeaders(
  { status, headers, body: content }: Reply,
  request: ReceivedRequest,
  write: (name: string, value: string) => unknown,
): void {
  for (const name in headers) write(name, headers[name] as string) // a plain object of texts
  // Of an empty answer, unless to HEAD, Node tells the length by itself.
  const needsLength = content.length > 0 || request.method === 'HEAD'
  if (needsLength && status !== 204 && status !== 304) write('content-length', String(byteLength(content)))
  if (request.unread && !request.isHttp2) write('connection', 'close')
}

/** Answers, unless the client has gone or somebody else has answered. */
export function send(res: NodeResponse, reply: Reply, request: ReceivedRequest): void {
  if (res.headersSent || res.destroyed === true) return
  res.statusCode = reply.status
  writeHeaders(reply, request, (name, value) => res.setHeader(name, value))
  res.end(reply.body)
}

function byteLength(body: string | Uint8Array): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length
}

function withoutPseudoHeaders(headers: Fields): Fields {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')))
}
