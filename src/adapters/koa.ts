import type { Delivery, Reply, WebhookEndpoint } from '../types.js'
import type { BodyHolder } from './_body.js'
import { type Mount, type NodeRequest, ReceivedRequest, writeHeaders } from './_node.js'
import { type AdapterOptions, bodyDeadline, checkReceiver } from './_options.js'

export type { AdapterOptions } from './_options.js'

/** Koa's context, with the router's parameters where one was used. */
export interface KoaContext {
  readonly req: NodeRequest
  readonly request: BodyHolder
  readonly originalUrl: string
  readonly state: { webhook?: Delivery }
  readonly params?: unknown
  readonly res: { end(): unknown }
  /** Tells koa-bodyparser and @koa/bodyparser to leave the body alone. */
  disableBodyParser?: boolean
  status: number
  body: unknown
  set(name: string, value: string): unknown
  remove(name: string): unknown
}
type Middleware = (ctx: KoaContext, next: () => Promise<unknown>) => Promise<void>

const FIX = `Koa: mount hookproof above the parser,
  router.all('/webhooks', koaMiddleware(receiver))
  app.use(bodyParser())
or switch a parser that stays above off for this path (koa-bodyparser and @koa/bodyparser):
  app.use((ctx, next) => { ctx.disableBodyParser = ctx.path.startsWith('/webhooks'); return next() })
  app.use(bodyParser())`

/**
 * A receiver as Koa middleware: `router.all('/webhooks/github', koaMiddleware(receiver))`. Koa 2 and 3.
 * `bodyTimeoutMs`: how long a body may take to arrive (@default 10 000 ms). Throws ConfigError for options that cannot work.
 * @see https://koajs.com/#application
 */
export function koaMiddleware(receiver: WebhookEndpoint, options?: AdapterOptions): Middleware {
  checkReceiver(receiver, 'koaMiddleware')
  const mount = { fix: FIX, deadlineMs: bodyDeadline(options, 'koaMiddleware') }
  return function hookproofMiddleware(ctx) {
    const request = requestOf(ctx, mount)
    return request.onceArrived(async () => answer(ctx, await receiver.receive(request), request))
  }
}

/**
 * Lets only genuine and new deliveries through to the middleware after it, as `ctx.state.webhook`, and settles them by the status that
 * this leaves: 2xx is done, anything else and a throw may be retried. Parsers after it leave the body alone.
 * `bodyTimeoutMs`: how long a body may take to arrive (@default 10 000 ms). Throws ConfigError for options that cannot work, and for a
 * receiver with handlers.
 */
export function koaGuard(receiver: WebhookEndpoint, options?: AdapterOptions): Middleware {
  checkReceiver(receiver, 'koaGuard')
  const mount = { fix: FIX, deadlineMs: bodyDeadline(options, 'koaGuard') }
  const admit = receiver.guard()
  return async function hookproofGuard(ctx, next) {
    const request = requestOf(ctx, mount)
    const admission = await request.onceArrived(() => admit(request))
    if ('reply' in admission) return answer(ctx, admission.reply, request)
    ctx.state.webhook = admission.delivery
    ctx.disableBodyParser = true
    try {
      await next()
    } catch (error) {
      await admission.settle(500)
      throw error
    }
    await admission.settle(ctx.status)
  }
}

function requestOf(ctx: KoaContext, mount: Mount): ReceivedRequest {
  const { req, request, originalUrl: url, params } = ctx
  return new ReceivedRequest(req, mount, { holders: [request, req], url, params })
}

function answer(ctx: KoaContext, reply: Reply, request: ReceivedRequest): void {
  // Koa guesses a type from the body and a status from its absence: both are set afterwards.
  ctx.body = typeof reply.body === 'string' ? reply.body : Buffer.from(reply.body)
  ctx.remove('content-type')
  ctx.status = reply.status
  writeHeaders(reply, request, (name, value) => ctx.set(name, value))
  if (reply.status !== 204 || reply.headers['content-type'] === undefined) return
  // Koa would take the type off an empty answer, and a sender may insist on it.
  ctx.remove('content-length')
  ctx.res.end()
}
