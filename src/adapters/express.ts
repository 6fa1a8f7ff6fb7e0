import type { Delivery, WebhookEndpoint } from '../types.js'
import { type NodeRequest, type NodeResponse, ReceivedRequest, send } from './_node.js'
import { type AdapterOptions, bodyDeadline, checkReceiver } from './_options.js'

export type { AdapterOptions } from './_options.js'

declare global {
  namespace Express {
    interface Request {
      /** What `expressGuard` let in. */
      webhook?: Delivery
    }
  }
}

/** Express's request, or that of any framework with `(req, res, next)`. */
export interface ExpressRequest extends NodeRequest {
  webhook?: Delivery
  /** Tells the parsers of Express 4 that the body was read. */
  _body?: boolean
}
/** Express's response. */
export interface ExpressResponse extends NodeResponse {
  readonly writableEnded?: boolean | undefined
  readonly writableFinished?: boolean | undefined
  /** HTTP/2 has none any more where the stream is closed, and no `destroyed`. */
  readonly socket?: unknown
  once(event: string, listener: () => void): unknown
}
type Middleware = (req: ExpressRequest, res: ExpressResponse, next?: (error?: unknown) => void) => Promise<void>

const FIX = `Express 4 and 5: mount hookproof above the parser,
  app.all('/webhooks', expressMiddleware(receiver))
  app.use(express.json())
or let a parser that stays above keep the raw bytes:
  import { captureRawBody } from 'hookproof/express'
  app.use(express.json({ verify: captureRawBody }))
NestJS: NestFactory.create(AppModule, { rawBody: true })`

/**
 * A receiver as Express route: `app.all('/webhooks/github', expressMiddleware(receiver))`. Express 4 and 5, and whatever calls
 * `(req, res, next)`. `bodyTimeoutMs`: how long a body may take to arrive (@default 10 000 ms). Throws ConfigError for options that
 * cannot work. @see https://expressjs.com/en/guide/using-middleware.html
 */
export function expressMiddleware(receiver: WebhookEndpoint, options?: AdapterOptions): Middleware {
  checkReceiver(receiver, 'expressMiddleware')
  const mount = { fix: FIX, deadlineMs: bodyDeadline(options, 'expressMiddleware') }
  return function hookproofMiddleware(req, res, next) {
    const request = new ReceivedRequest(req, mount)
    return request.onceArrived(async () => {
      try {
        send(res, await receiver.receive(request), request)
      } catch (error) {
        next?.(error) // Express 4 does not look at promises
      }
    })
  }
}

/**
 * Lets only genuine and new deliveries through to the routes after it, as `req.webhook`, and settles them by the final status: 2xx is
 * done, anything else may be retried. Where the connection ends without an answer, the lease decides. Parsers after it leave the body alone.
 * `bodyTimeoutMs`: how long a body may take to arrive (@default 10 000 ms). Throws ConfigError for options that cannot work, and for a
 * receiver with handlers.
 */
export function expressGuard(receiver: WebhookEndpoint, options?: AdapterOptions): Middleware {
  checkReceiver(receiver, 'expressGuard')
  const mount = { fix: FIX, deadlineMs: bodyDeadline(options, 'expressGuard') }
  const admit = receiver.guard()
  return async function hookproofGuard(req, res, next) {
    const request = new ReceivedRequest(req, mount)
    const admission = await request.onceArrived(() => admit(request))
    if ('reply' in admission) return send(res, admission.reply, request)
    // Gone before the application saw it: nothing ran, so a retry may.
    if (res.destroyed === true || (request.isHttp2 && res.socket === undefined)) return admission.settle(500)
    res.once('finish', () => {
      // HTTP/2 also calls it finished when the client leaves before the answer.
      if (res.writableEnded === false) admission.abandon()
      else void admission.settle(res.statusCode)
    })
    res.once('close', () => {
      if (res.writableFinished !== true) admission.abandon()
    })
    req.webhook = admission.delivery
    req._body = true
    await request.ended() // the parsers of Express 5 look at the stream
    next?.()
  }
}

/**
 * Keeps the raw bytes beside a parsed body, for applications with a parser for every route:
 * `app.use(express.json({ verify: captureRawBody }))`, and the same for `urlencoded` and `text`.
 */
export function captureRawBody(req: object, _res: unknown, bytes: Uint8Array): void {
  Object.assign(req, { rawBody: bytes })
}
