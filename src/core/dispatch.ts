import { errorOf, HandlerError, isWebhookError, type WebhookError } from '../errors.js'
import type { StandardSchemaV1 } from '../types.js'
import { type Attempt, Context } from './context.js'
import { type Core, reportError } from './core.js'
import type { ReceivedEvent } from './event.js'
import type { Registered } from './handlers.js'
import type { Run } from './run.js'

/** How an event's handlers ended. */
export interface Dispatched {
  /** Handlers that need not run again: `id`, or `!id` where one failed for good. */
  readonly settled: ReadonlySet<string>
  /** How many are left for another attempt. */
  readonly open: number
  /** The longest wait that a handler asked for. */
  readonly laterSeconds: number
}

/** Runs every handler that is not settled yet, in order, whatever the earlier ones threw. */
export async function dispatch(
  core: Core,
  event: ReceivedEvent,
  todo: readonly Registered[],
  attempt: Attempt,
  progress: string,
  run: Run,
): Promise<Dispatched> {
  const settled = new Set(progress === '' ? [] : progress.split(' '))
  let open = 0
  let laterSeconds = 0
  for (const handler of todo) {
    const id = core.handlers.identity(handler)
    if (settled.has(id) || settled.has(`!${id}`)) continue
    if (run.over) {
      open++
      continue
    }
    try {
      await call(handler, event, new Context(attempt, run, id))
      settled.add(id)
    } catch (thrown) {
      const error = toHandlerError(thrown)
      if (error.code === 'ERR_HANDLER_PERMANENT') settled.add(`!${id}`)
      else open++
      if (error.code === 'ERR_RETRY_LATER') laterSeconds = Math.max(laterSeconds, secondsOf(error))
      reportError(core, error, event)
    }
  }
  return { settled, open, laterSeconds }
}

function call({ handler, schema }: Registered, event: ReceivedEvent, context: Context): unknown {
  // The signature of `on` tied the handler's types to the event's.
  const typed = handler as unknown as (event: ReceivedEvent, context: Context) => unknown
  return schema === undefined ? typed(event, context) : validated(schema, event).then((valid) => typed(valid, context))
}

async function validated(schema: StandardSchemaV1, event: ReceivedEvent): Promise<ReceivedEvent> {
  const result = await schema['~standard'].validate(event.payload)
  if (result.issues === undefined) return event.withPayload(result.value)
  const where = result.issues
    .slice(0, 3)
    .map(({ path }) => (Array.isArray(path) ? path.map(segment).join('.') : ''))
    .filter(Boolean)
  // The issues' messages may quote the payload.
  throw new HandlerError('ERR_PAYLOAD_SCHEMA', {
    detail: `${result.issues.length} issue(s)${where.length === 0 ? '' : ` at ${where.join(', ')}`}`,
  })
}

function segment(part: unknown): string {
  return String(typeof part === 'object' && part !== null && 'key' in part ? part.key : part)
}

function toHandlerError(thrown: unknown): WebhookError {
  if (
    isWebhookError(thrown) &&
    (thrown.code === 'ERR_HANDLER_PERMANENT' ||
      thrown.code === 'ERR_RETRY_LATER' ||
      thrown.code === 'ERR_PAYLOAD_SCHEMA')
  )
    return thrown
  return errorOf('ERR_HANDLER_FAILED', { cause: thrown })
}

function secondsOf(error: WebhookError): number {
  const seconds = 'seconds' in error ? Number(error.seconds) : Number.NaN
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : 1
}
