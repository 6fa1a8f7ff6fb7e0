import { HandlerError } from '../errors.js'
import { digest } from '../lib/crypto.js'
import type { HandlerContext, Reply } from '../types.js'
import type { Run } from './run.js'

type RespondReply = Parameters<HandlerContext['respond']>[0]

/** What is the same for all handlers of one event. */
export interface Attempt {
  readonly key: string
  readonly attempt: number
  readonly fence: number
  readonly deduplicated: boolean
  readonly transaction: unknown
  /** Only the event of a request that holds no other can answer. */
  readonly mayRespond: boolean
  reply: Reply | undefined
}

/** A handler's view of its run; signal and idempotency key are made when asked for. */
export class Context implements HandlerContext<unknown> {
  readonly #attempt: Attempt
  readonly #run: Run
  readonly #handler: string
  constructor(attempt: Attempt, run: Run, handler: string) {
    this.#attempt = attempt
    this.#run = run
    this.#handler = handler
  }
  get signal(): AbortSignal {
    return this.#run.signal
  }
  get attempt(): number {
    return this.#attempt.attempt
  }
  get fence(): number {
    return this.#attempt.fence
  }
  get deduplicated(): boolean {
    return this.#attempt.deduplicated
  }
  get transaction(): unknown {
    return this.#attempt.transaction
  }
  get idempotencyKey(): string {
    // Without the hash of the handler list: adding a handler must not change the key that another one paid with.
    const own = this.#handler.startsWith('=') ? this.#handler : this.#handler.slice(this.#handler.indexOf('/'))
    return digest('sha256', [`${this.#attempt.key}\n${own}`]).toString('base64url')
  }
  // A function without `this`, so that handlers can take it out of the context.
  get respond(): (reply: RespondReply) => void {
    return (reply) => {
      if (!this.#attempt.mayRespond)
        throw new HandlerError('ERR_RESPOND_TWICE', { detail: 'the request holds several events' })
      if (this.#attempt.reply !== undefined) throw new HandlerError('ERR_RESPOND_TWICE')
      this.#attempt.reply = toReply(reply)
    }
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-5.5 */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** The connection is the adapter's, and so is where the body ends: with these HTTP/1 would frame it twice or wrongly. */
const OF_THE_CONNECTION =
  /^(?:connection|content-length|http2-settings|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-15.3.6 Over HTTP/2 a 205 that announces content ends the stream. */
const BODILESS = new Set([204, 205, 304])

function toReply({ status = 200, headers = {}, body = '' }: RespondReply): Reply {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new HandlerError('ERR_HANDLER_FAILED', {
      message: 'respond(): status must be a whole number from 200 to 599',
    })
  }
  for (const [name, value] of Object.entries(headers)) {
    if (isSendable(name, value)) continue
    throw new HandlerError('ERR_HANDLER_FAILED', {
      message: `respond(): the header ${JSON.stringify(name)} cannot be sent`,
    })
  }
  if (BODILESS.has(status)) return { status, headers: { ...headers }, body: '' }
  if (typeof body === 'string' || body instanceof Uint8Array) return { status, headers: { ...headers }, body }
  const text: string | undefined = JSON.stringify(body) // undefined for a function, whatever its type says
  if (text === undefined)
    throw new HandlerError('ERR_HANDLER_FAILED', { message: 'respond(): the body has no form in JSON' })
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: text }
}

function isSendable(name: string, value: unknown): boolean {
  return (
    HEADER_NAME.test(name) && typeof value === 'string' && HEADER_VALUE.test(value) && !OF_THE_CONNECTION.test(name)
  )
}

const MAX_STORED_BYTES = 4096

/** A reply as a record keeps it: 2xx and small, else undefined. */
export function storedForm(reply: Reply | undefined): string | undefined {
  if (reply === undefined || reply.status > 299) return undefined
  const { status, headers, body } = reply
  const form = JSON.stringify(
    typeof body === 'string'
      ? { status, headers, body }
      : { status, headers, base64: Buffer.from(body).toString('base64') },
  )
  return Buffer.byteLength(form) <= MAX_STORED_BYTES ? form : undefined
}

/** The reply of a record; undefined where it was written by something else. */
export function fromStoredForm(form: string | undefined): Reply | undefined {
  if (form === undefined || form === '') return undefined
  try {
    const { status, headers, body, base64 } = JSON.parse(form) as {
      status?: number
      headers?: Record<string, string>
      body?: string
      base64?: string
    }
    if (typeof status !== 'number' || typeof headers !== 'object') return undefined
    return { status, headers, body: base64 === undefined ? (body ?? '') : Buffer.from(base64, 'base64') }
  } catch {
    return undefined
  }
}
