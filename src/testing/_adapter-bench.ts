import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import type { AdapterOptions } from '../adapters/_options.js'
import { createReceiver } from '../core/receiver.js'
import { defineProvider } from '../define.js'
import { json } from '../schemes/formats.js'
import { hmac } from '../schemes/hmac.js'
import type {
  Handler,
  MaybePromise,
  ProviderFacts,
  Receiver,
  ReceiverOptions,
  SecretOption,
  WebhookEndpoint,
  WebhookReply,
} from '../types.js'
import { Wire, type WireReply, type WireRequest } from './_wire.js'

/** A server with the receiver mounted. */
export interface MountedAdapter {
  /** Its last path segment is taken as the parameter `tenant`; the one before comes from a router that cuts it off, where there are such. */
  readonly url: string
  close(): MaybePromise<void>
}

export interface AdapterSubject {
  readonly name: string
  /** Mounts an endpoint for every method, on a free port of the loopback interface, handing the options to the adapter. */
  start(endpoint: WebhookEndpoint, options: AdapterOptions): MaybePromise<MountedAdapter>
  /** Cases that cannot hold, by id, with the reason. */
  readonly skip?: readonly { readonly case: string; readonly reason: string }[] | undefined
}

export interface BenchOptions {
  readonly handler?: Handler | undefined
  readonly receiver?: ReceiverOptions | undefined
  readonly adapter?: AdapterOptions | undefined
  readonly secret?: SecretOption | undefined
  readonly facts?: Partial<ProviderFacts> | undefined
}

/** One statement about an adapter; `start` mounts a receiver of its own. */
export type AdapterCase = readonly [
  id: string,
  title: string,
  check: (start: (options?: BenchOptions) => Promise<Bench>) => Promise<void>,
]

export const SECRET = 'the adapter contract signs with this'
export const SIGNATURE = 'X-Contract-Signature'
/** What the receiver takes at most, in bytes, where a case does not say otherwise. */
export const LIMIT: number = 256 * 1024

/** One receiver behind one adapter on a socket, and what came of the requests sent to it. */
export class Bench {
  readonly url: URL
  readonly receiver: Receiver
  /** Ids of the events that the handler was called with. */
  readonly ran: string[] = []
  /** What the receiver answered, whatever the adapter made of it. */
  readonly replies: WebhookReply[] = []
  readonly #mounted: MountedAdapter
  readonly #wires: Wire[] = []

  private constructor(parts: Pick<Bench, 'receiver' | 'ran' | 'replies'>, mounted: MountedAdapter) {
    this.receiver = parts.receiver
    this.ran = parts.ran
    this.replies = parts.replies
    this.url = new URL(mounted.url)
    this.#mounted = mounted
  }

  static async start(subject: AdapterSubject, options: BenchOptions): Promise<Bench> {
    const ran: string[] = []
    const replies: WebhookReply[] = []
    const provider = contractProvider(options)
    const receiver = createReceiver(provider, { logger: false, maxBodyBytes: LIMIT, ...options.receiver })
    receiver.on('*', async (event, context) => {
      ran.push(event.id)
      await options.handler?.(event, context)
    })
    const endpoint: WebhookEndpoint = {
      provider: receiver.provider,
      guard: () => receiver.guard(),
      async receive(request) {
        const reply = await receiver.receive(request)
        replies.push(reply)
        return reply
      },
    }
    return new Bench({ receiver, ran, replies }, await subject.start(endpoint, options.adapter ?? {}))
  }

  async close(): Promise<void> {
    for (const wire of this.#wires) wire.destroy()
    await this.receiver.close({ timeoutMs: 1 })
    await this.#mounted.close()
  }

  async connect(): Promise<Wire> {
    const wire = await Wire.open(this.url)
    this.#wires.push(wire)
    return wire
  }

  /** Sends a request on a connection of its own and waits for the answer. */
  async exchange(request: WireRequest): Promise<WireReply> {
    const wire = await this.connect()
    wire.send(request)
    return wire.reply(request.method)
  }

  /** Nothing was claimed or run. */
  nothingRan(): void {
    assert.deepEqual(this.ran, [], 'events that ran')
    assert.equal(this.receiver.counters.handled, 0, 'handled')
  }

  /** Resolves once the receiver has answered so many requests. */
  async answered(count: number): Promise<WebhookReply> {
    await eventually(() => this.replies.length >= count, `the receiver answers ${count} requests`)
    return this.replies[count - 1] as WebhookReply // there are as many
  }
}

function contractProvider({ secret = SECRET, facts }: BenchOptions) {
  return defineProvider({
    id: 'adapter-contract',
    name: 'Adapter contract',
    docs: 'https://www.rfc-editor.org/rfc/rfc9110',
    scheme: hmac({ secret, signature: { header: SIGNATURE.toLowerCase(), prefix: 'sha256=' } }),
    body: json,
    identify: (payload) => payload as { id: string; type: string }, // the contract's own deliveries
    handshakes: {
      methods: ['GET', 'HEAD', 'OPTIONS'],
      open: (incoming) =>
        incoming.method === 'POST' || incoming.query('challenge') === undefined
          ? undefined
          : {
              status: 200,
              headers: { 'content-type': 'text/plain', 'x-handshake': incoming.method },
              body: incoming.query('challenge') ?? '',
            },
    },
    facts: { coverage: 'full', idSigned: true, idStable: 'yes', retryHorizonSeconds: 3600, ...facts },
  })
}

/** A signed delivery; fields override. The signature is made with node:crypto alone. */
export function delivery(
  fields: WireRequest & { readonly id?: string; readonly text?: string } = {},
): WireRequest & { readonly id: string; readonly body: Buffer } {
  const { id = randomUUID(), text, headers = [], ...rest } = fields
  const body = Buffer.from(fields.body ?? text ?? `{"id" : "${id}", "type":"contract.happened"}`)
  const type = headers.some(([name]) => name.toLowerCase() === 'content-type')
    ? []
    : [['Content-Type', 'application/json'] as const]
  return { ...rest, id, body, headers: [...type, [SIGNATURE, signatureOf(body)], ...headers] }
}

export function signatureOf(body: Uint8Array): string {
  return `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`
}

/** Polls: what it waits for happens in the server, behind a socket. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  const until = performance.now() + 8000
  while (!holds()) {
    if (performance.now() > until) assert.fail(`in vain for 8 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The wire says what the receiver said. */
export async function isReplyOf(bench: Bench, reply: WireReply): Promise<void> {
  const said = await bench.answered(bench.replies.length)
  assert.equal(reply.status, said.status)
  for (const [name, value] of Object.entries(said.headers)) assert.equal(reply.headers[name.toLowerCase()], value, name)
  assert.equal(reply.headers['content-type'], said.headers['content-type'], 'no type that nobody set')
  assert.deepEqual(reply.body, Buffer.from(said.body), 'body')
}
