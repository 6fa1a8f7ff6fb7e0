import { ConfigError, RequestError } from '../errors.js'
import { singleHeader } from '../lib/headers.js'
import type { MaybePromise } from '../types.js'
import { ended } from './_ended.js'
import { announcedLength } from './_options.js'
import { type BodyStream, readStream, takeWhole } from './_stream.js'

/** Where an earlier parser may have left the raw bytes. */
export interface BodyHolder {
  readonly body?: unknown
  readonly rawBody?: unknown
}

/** Node makes `headers` of `rawHeaders` when they are first asked for: what can do without them costs less. */
export interface HeadersHolder {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly rawHeaders?: readonly string[] | undefined
}

export interface BodySource {
  readonly stream: BodyStream
  readonly head: HeadersHolder
  readonly holders: readonly BodyHolder[]
  /** How to mount hookproof before the parser that read the stream, in two lines. */
  readonly fix: string
  readonly deadlineMs: number
}

const EMPTY = new Uint8Array(0)

/** The raw body of one request of a Node server. */
export class NodeBody {
  readonly #source: BodySource
  #readToEnd = false

  constructor(source: BodySource) {
    this.#source = source
  }

  /** Some of the body may still be on its way: the connection cannot be used again. */
  get unread(): boolean {
    const { stream, head } = this.#source
    return !this.#readToEnd && stream.readableEnded !== true && announcesBody(head.headers)
  }

  /** A BodyReader, but for its `this`. */
  read(limit: number): MaybePromise<Uint8Array> {
    const { stream, head, holders, fix, deadlineMs } = this.#source
    const length = announcedLength(singleHeader(head, 'content-length'), limit)
    // First, as nearly always: frameworks that change a request's prototype make every further question a slow one.
    const whole = takeWhole(stream, length)
    if (whole !== undefined) return this.#whole(whole)
    const kept = keptBytes(holders)
    if (kept !== undefined) return kept
    if (isConsumed(stream)) {
      if (!announcesBody(head.headers)) return EMPTY
      throw new ConfigError('ERR_BODY_CONSUMED', { detail: fix })
    }
    if (stream.destroyed === true) throw new RequestError('ERR_BODY_ABORTED')
    return this.#readLater(readStream(stream, { limit, length, deadlineMs }))
  }

  /** When a stream that was read here is over for others too: a parser further on would wait for a body. */
  async ended(): Promise<void> {
    const { stream, deadlineMs } = this.#source
    if (this.#readToEnd && stream.readableEnded !== true && stream.destroyed !== true) await ended(stream, deadlineMs)
  }

  async #readLater(bytes: Promise<Uint8Array>): Promise<Uint8Array> {
    return this.#whole(await bytes)
  }

  #whole(bytes: Uint8Array): Uint8Array {
    this.#readToEnd = true
    return bytes
  }
}

/** A string was decoded and an object parsed: neither is what was signed. */
function keptBytes(holders: readonly BodyHolder[]): Uint8Array | undefined {
  for (const { rawBody, body } of holders) {
    if (rawBody instanceof Uint8Array) return rawBody
    if (body instanceof Uint8Array) return body
  }
  return undefined
}

/** Express 4 leaves `body` on requests that nobody read: only the stream tells. */
function isConsumed({ readableDidRead, readableEnded, readableEncoding }: BodyStream): boolean {
  return readableDidRead === true || readableEnded === true || typeof readableEncoding === 'string'
}

/** HTTP/1 tells by its headers whether a body follows; HTTP/2, known by its pseudo headers, need not. */
function announcesBody(headers: HeadersHolder['headers']): boolean {
  const length = headers['content-length']
  if (length !== undefined) return length !== '0'
  return headers['transfer-encoding'] !== undefined || headers[':method'] !== undefined
}
