import { errorOf, HandlerError, isWebhookError, type WebhookError } from '../errors.js'
import { isThenable } from '../lib/thenable.js'
import type { MaybePromise, Reply, StandardSchemaV1 } from '../types.js'
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

interface Work {
  readonly core: Core
  readonly event: ReceivedEvent
  readonly attempt: Attempt
  readonly run: Run
  readonly settled: Set<string>
  open: number
  laterSeconds: number
}

/** Runs every handler that is not settled yet, in order, whatever the earlier ones threw. At once where none has to be waited for. */
export function dispatch(
  core: Core,
  event: ReceivedEvent,
  todo: readonly Registered[],
  attempt: Attempt,
  progress: string,
  run: Run,
): MaybePromise<Dispatched> {
  const settled = new Set(progress === '' ? undefined : progress.split(' '))
  const work: Work = { core, event, attempt, run, settled, open: 0, laterSeconds: 0 }
  let begun = 0
  for (const handler of todo) {
    begun++
    const pending = start(work, handler)
    if (pending !== undefined) return dispatchRest(work, pending, todo.slice(begun))
  }
  return work
}

async function dispatchRest(work: Work, pending: Promise<void>, rest: readonly Registered[]): Promise<Dispatched> {
  await pending
  for (const handler of rest) await start(work, handler)
  return work
}

/** Runs one handler; what has to be waited for is returned, and never rejects. */
function start(work: Work, handler: Registered): Promise<void> | undefined {
  const { core, event, attempt, run, settled } = work
  const id = core.handlers.identity(handler)
  if (settled.has(id) || settled.has(`!${id}`)) return undefined
  if (run.over) {
    work.open++
    return undefined
  }
  const { reply } = attempt
  try {
    const result = call(handler, event, new Context(attempt, run, id))
    if (isThenable(result)) return succeed(work, id, result, reply)
    settled.add(id)
  } catch (thrown) {
    fail(work, id, thrown, reply)
  }
  return undefined
}

async function succeed(work: Work, id: string, result: PromiseLike<unknown>, before: Reply | undefined): Promise<void> {
  try {
    await result
    work.settled.add(id)
  } catch (thrown) {
    fail(work, id, thrown, before)
  }
}

/** `before`: the reply without this handler's: it answers anew when it runs again. */
function fail(work: Work, id: string, thrown: unknown, before: Reply | undefined): void {
  const error = toHandlerError(thrown)
  if (error.code === 'ERR_HANDLER_PERMANENT') work.settled.add(`!${id}`)
  else {
    work.open++
    work.attempt.reply = before
  }
  if (error.code === 'ERR_RETRY_LATER') work.laterSeconds = Math.max(work.laterSeconds, secondsOf(error))
  reportError(work.core, error, work.event)
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
  const seconds = 'seconds' in error ? error.seconds : undefined
  return typeof seconds === 'number' && Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : 1
}
