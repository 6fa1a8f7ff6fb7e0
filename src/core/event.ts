import type {
  Coverage,
  Delivery,
  Identity,
  Message,
  Provider,
  RetryInfo,
  WebhookEvent,
  WebhookReply,
} from '../types.js'

const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** An event of a verified message: type, id and payload are worked out when first asked for. */
export class ReceivedEvent implements WebhookEvent {
  readonly #provider: Provider
  readonly #message: Message
  readonly #item: { readonly value: unknown } | undefined
  readonly #payload: { readonly value: unknown } | undefined
  #identity: Identity | undefined

  /** `item`: this event's part of a batch; `payload`: what a schema made of it. */
  constructor(
    provider: Provider,
    message: Message,
    item?: { readonly value: unknown },
    payload?: { readonly value: unknown },
  ) {
    this.#provider = provider
    this.#message = message
    this.#item = item
    this.#payload = payload
  }

  get provider(): string {
    return this.#provider.id
  }
  get identity(): Identity {
    this.#identity ??= this.#provider.identify(this.#raw, this.#message)
    return this.#identity
  }
  get id(): string {
    return String(this.identity.id ?? '')
  }
  get type(): string {
    return this.identity.type
  }
  get payload(): unknown {
    return this.#payload === undefined ? this.#raw : this.#payload.value
  }
  get timestamp(): number | undefined {
    return this.identity.timestamp ?? this.#message.verified.timestamp
  }
  get receivedAt(): number {
    return this.#message.now
  }
  get deliveryId(): string | undefined {
    return this.identity.deliveryId
  }
  get retry(): RetryInfo | undefined {
    return this.identity.retry
  }
  get secretId(): string | undefined {
    return this.#message.verified.secretId
  }
  get headers(): Readonly<Record<string, string>> {
    return this.#message.headers()
  }
  get rawBody(): Uint8Array {
    return this.#message.body
  }

  withPayload(value: unknown): ReceivedEvent {
    return new ReceivedEvent(this.#provider, this.#message, this.#item, { value })
  }
  withIdentity(identity: Identity): this {
    this.#identity = identity
    return this
  }

  get #raw(): unknown {
    return this.#item === undefined ? this.#message.payload : this.#item.value
  }

  toJSON(): object {
    const { provider, id, type, timestamp, receivedAt, deliveryId, retry, secretId } = this
    return { provider, id, type, timestamp, receivedAt, deliveryId, retry, secretId }
  }
  static {
    Object.defineProperty(ReceivedEvent.prototype, INSPECT, { value: ReceivedEvent.prototype.toJSON })
  }
}

/** The delivery that `verify` resolves to. */
export class VerifiedDelivery implements Delivery {
  readonly #provider: Provider
  readonly #message: Message
  #events: readonly ReceivedEvent[] | undefined
  readonly handshake: WebhookReply | undefined

  constructor(
    provider: Provider,
    message: Message,
    handshake: WebhookReply | undefined,
    events?: readonly ReceivedEvent[],
  ) {
    this.#provider = provider
    this.#message = message
    this.handshake = handshake
    this.#events = handshake === undefined ? events : []
  }

  get provider(): string {
    return this.#provider.id
  }
  get secretId(): string | undefined {
    return this.#message.verified.secretId
  }
  get timestamp(): number | undefined {
    return this.#message.verified.timestamp
  }
  get coverage(): Coverage {
    return this.#message.verified.coverage
  }
  get events(): readonly ReceivedEvent[] {
    this.#events ??= eventsOf(this.#provider, this.#message)
    return this.#events
  }

  toJSON(): object {
    const { provider, secretId, timestamp, coverage } = this
    return { provider, secretId, timestamp, coverage, events: this.events.map((event) => event.toJSON()) }
  }
  static {
    Object.defineProperty(VerifiedDelivery.prototype, INSPECT, { value: VerifiedDelivery.prototype.toJSON })
  }
}

/** The events of a message; one, unless the provider sends batches. */
export function eventsOf(provider: Provider, message: Message): readonly ReceivedEvent[] {
  if (provider.events === undefined) return [new ReceivedEvent(provider, message)]
  return provider.events(message).map((value) => new ReceivedEvent(provider, message, { value }))
}
