import { checkOptions } from '../lib/options.js'
import type { WebhookEndpoint } from '../types.js'
import { type NodeRequest, ReceivedRequest, writeHeaders } from './_node.js'
import { type AdapterOptions, bodyDeadline, checkReceiver } from './_options.js'
import type { BodyStream } from './_stream.js'

/** The parts of a Fastify instance that the plugin uses. */
export interface FastifyLike {
  removeAllContentTypeParsers(): void
  addContentTypeParser(
    type: string,
    parser: (request: never, payload: never, done: (error: Error | null, body?: unknown) => void) => void,
  ): unknown
  all(path: string, handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>): unknown
}
interface FastifyRequestLike {
  readonly raw: NodeRequest
  readonly originalUrl: string
  readonly params: unknown
  readonly body: unknown
}
interface FastifyReplyLike {
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(body?: unknown): unknown
}

export interface FastifyPluginOptions extends AdapterOptions {
  /** Where the endpoint is, below the prefix that `register` was given. @default '/' */
  readonly path?: string | undefined
}

const FIX = `Fastify: a hook of the application read the payload. Register the plugin where that hook does not reach,
  app.register(fastifyPlugin(receiver, { path: '/webhooks' }))
  app.register(async (routes) => { routes.addHook('preParsing', yourHook) })`

/**
 * A receiver as encapsulated Fastify 5 plugin: `app.register(fastifyPlugin(receiver, { path: '/webhooks/github' }))`. Only this route
 * gets raw bytes; the application's parsers stay as they are. `bodyTimeoutMs`: how long a body may take to arrive
 * (@default 10 000 ms). Throws ConfigError for options that cannot work. @see https://fastify.dev/docs/latest/Reference/Plugins/
 */
export function fastifyPlugin(
  receiver: WebhookEndpoint,
  options?: FastifyPluginOptions,
): (instance: FastifyLike) => Promise<void> {
  const { path = '/', ...rest } = checkOptions(options, ['path', 'bodyTimeoutMs'], 'fastifyPlugin')
  checkReceiver(receiver, 'fastifyPlugin')
  const mount = { fix: FIX, deadlineMs: bodyDeadline(rest, 'fastifyPlugin') }
  return async function hookproofPlugin(instance) {
    instance.removeAllContentTypeParsers()
    // Hands the unread payload on: nothing is read before the headers have been looked at.
    instance.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    instance.all(path, async (request, reply) => {
      const { raw: req, originalUrl: url, params } = request
      const stream = (request.body ?? req) as BodyStream // what the parser above left
      const asked = new ReceivedRequest(req, mount, { holders: [], stream, url, params })
      const answer = await asked.onceArrived(() => receiver.receive(asked))
      reply.code(answer.status)
      writeHeaders(answer, asked, (name, value) => reply.header(name, value))
      return reply.send(answer.body === '' ? undefined : answer.body)
    })
  }
}
