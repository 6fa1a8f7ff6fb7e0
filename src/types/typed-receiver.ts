import type { WebhookError } from '../errors.js'
import type { Delivery, WebhookEvent } from './event.js'
import type { Handler, StandardSchemaV1 } from './handler.js'
import type { WebhookEndpoint } from './receiver.js'
import type { WebhookRequest } from './request.js'

/** No known names, or an index signature: every name is allowed. */
type IsOpen<E extends object> = [keyof E] extends [never] ? true : string extends keyof E ? true : false
type Groups<T extends string> = T extends `${infer Head}.${infer Rest}` ? Head | `${Head}.${Groups<Rest>}` : never
type PatternsOf<T extends string> = '*' | T | Groups<T> | `${Groups<T>}.*`
// Must distribute over T, or narrowing by `event.type` is lost.
type Each<E, T> = T extends keyof E & string ? WebhookEvent<T, E[T]> : never
// One remapped type, indexed: filtering all names per pattern costs ten times the check time.
type Selection<E extends object> = { [T in keyof E & string as PatternsOf<T>]: Each<E, T> }
type Names<E extends object> = { [T in keyof E & string as PatternsOf<T>]: T }
type Select<M, P, Otherwise> = P extends keyof M ? M[P] : Otherwise
type OpenPayload<E extends object> = [keyof E] extends [never] ? unknown : E[keyof E]
type OpenType<P> = P extends '*' | `${string}.*` ? string : P & string

/** Every name and pattern that `on` takes for an event map. */
export type PatternOf<E extends object> = IsOpen<E> extends true ? string : keyof Selection<E> & string

type EventIn<E extends object, P extends string> =
  IsOpen<E> extends true ? WebhookEvent<OpenType<P>, OpenPayload<E>> : Select<Selection<E>, P, never>

type EventsOf<R> = R extends { readonly '~events'?: infer E } ? NonNullable<E> & object : R extends object ? R : never
type TransactionOf<R> = R extends { readonly '~transaction'?: infer T } ? T : undefined

/** The event that a pattern selects: `EventOf<typeof receiver, 'push'>`. */
export type EventOf<R, P extends string = '*'> = EventIn<EventsOf<R>, P>
/** The handler for a pattern, for handlers that live in files of their own: `HandlerOf<typeof receiver, 'push'>`. */
export type HandlerOf<R, P extends string = '*'> = Handler<EventIn<EventsOf<R>, P>, TransactionOf<R>>

type TypeOf<E extends object, P extends string> = IsOpen<E> extends true ? OpenType<P> : Select<Names<E>, P, P> & string
type Suggest<All, Near> = [Near] extends [never] ? All : Near
// Narrows a misspelt name to its group, so that the message shows the near ones.
type Checked<E extends object, P extends string> =
  P extends PatternOf<E>
    ? P
    : P extends `${infer Head}.${string}`
      ? Suggest<PatternOf<E>, Extract<PatternOf<E>, `${Head}.${string}`>>
      : PatternOf<E>
type OutputOf<S extends StandardSchemaV1> = NonNullable<S['~standard']['types']>['output']
// Asks for undefined first: without strictNullChecks undefined is a schema as well.
type Validated<E extends object, P extends string, S> = S extends undefined
  ? EventIn<E, P>
  : S extends StandardSchemaV1
    ? WebhookEvent<TypeOf<E, P>, OutputOf<S>>
    : never

export interface HandlerOptions<S extends StandardSchemaV1 | undefined = undefined> {
  /** Known to the record of a partly handled event: survives deploys. `[\w.:-]{1,64}`, unique in its receiver. */
  readonly name?: string | undefined
  /** Validates the payload first; a failure counts as a failure of this handler. */
  readonly schema?: S | undefined
}

/** Counters since the receiver was made. */
export interface ReceiverCounters {
  readonly received: number
  readonly rejected: number
  readonly handled: number
  readonly duplicates: number
  readonly failed: number
  /** Handlers succeeded, but `done` could not be written. */
  readonly finishFailed: number
  readonly leasesLost: number
  readonly replaysSuspected: number
  readonly storeErrors: number
}

/**
 * One endpoint of one provider: chain handlers onto it, mount it with an adapter. `Receiver<any, any>` is a receiver of any provider and store;
 * what only mounts one takes `WebhookEndpoint`.
 */
export interface Receiver<Events extends object = object, Transaction = undefined> extends WebhookEndpoint {
  readonly '~events'?: Events
  readonly '~transaction'?: Transaction
  readonly counters: ReceiverCounters
  /**
   * Registers a handler: a name, a list of names, a group (`issues`, `issues.*`) or `'*'`.
   * Throws ConfigError ERR_OPTION_INVALID for an empty pattern or a name used twice.
   */
  on<const P extends string, S extends StandardSchemaV1 | undefined = undefined>(
    type: Checked<Events, P> | readonly Checked<Events, P>[],
    handler: Handler<Validated<Events, P, S>, Transaction>,
    options?: HandlerOptions<S>,
  ): Receiver<Events, Transaction>
  /** Registers a handler for every event, known or not; it counts as a handler. */
  onAny(
    handler: Handler<WebhookEvent, Transaction>,
    options?: { readonly name?: string | undefined },
  ): Receiver<Events, Transaction>
  /** Called for events that no handler matches: per delivery, without deduplication; a throw is only logged. */
  onUnhandled(handler: (event: WebhookEvent) => unknown): Receiver<Events, Transaction>
  /** Called with every error of a handler, a store or an unidentifiable event; a throw is only logged. */
  onError(handler: (error: WebhookError, event: WebhookEvent | undefined) => unknown): Receiver<Events, Transaction>
  /** Is it genuine and fresh? No store, no handlers. Throws WebhookError. */
  verify(request: WebhookRequest): Promise<Delivery<EventIn<Events, '*'>>>
  /** Forgets a finished event, so that a redelivery runs it again. False: not known, or running. */
  forget(eventId: string | number, options?: { readonly tenant?: string | undefined }): Promise<boolean>
  /** Asks the store for settings that lose records; one sentence each. */
  check(): Promise<readonly string[]>
  /** Takes nothing new, waits for running handlers, aborts them at the limit, frees only what has settled. */
  close(options?: { readonly timeoutMs?: number | undefined }): Promise<void>
}
