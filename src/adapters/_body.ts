import { ConfigError, RequestError } from '../errors.js'
import type { BodyReader } from '../types.js'
import { announcedLength } from './_options.js'

/** What the body is read from: any Node.js Readable. */
export interface BodyStream {
  readonly readableDidRead?: boolean | undefined
  readonly readableEnded?: boolean | undefined
  readonly destroyed?: boolean | undefined
  on(event: string, listener: (...values: never[]) => void): unknown
  removeListener(event: string, listener: (...values: never[]) => void): unknown
  pause(): unknown
  resume(): unknown
  unshift(chunk: Uint8Array): void
}

/** Where an earlier parser may have left the raw bytes. */
export interface BodyHolder {
  readonly body?: unknown
  readonly rawBody?: unknown
}

export interface BodySource {
  readonly stream: BodyStream
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly holders: readonly (BodyHolder | undefined)[]
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
    const { stream, headers } = this.#source
    return !this.#readToEnd && stream.readableEnded !== true && announcesBody(headers)
  }

  readonly read: BodyReader = (limit) => {
    const { stream, headers, holders, fix, deadlineMs } = this.#source
    const length = announcedLength(headers['content-length'] as string | undefined, limit) // Node refuses to have it twice
    const kept = holders
      .flatMap((holder) => [holder?.rawBody, holder?.body])
      .find((value) => value instanceof Uint8Array)
    if (kept instanceof Uint8Array) return kept
    if (stream.readableDidRead === true || stream.readableEnded === true) {
      if (!announcesBody(headers)) return EMPTY
      throw new ConfigError('ERR_BODY_CONSUMED', { detail: fix })
    }
    if (stream.destroyed === true) throw new RequestError('ERR_BODY_ABORTED')
    return this.#readStream(limit, length, deadlineMs)
  }

  #readStream(limit: number, length: number | undefined, deadlineMs: number): Promise<Uint8Array> {
    const { stream } = this.#source
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        stream.removeListener('close', onClose)
        stream.removeListener('error', onError)
        stream.removeListener('data', onFirst)
      }
      const done = (bytes: Uint8Array): void => {
        this.#readToEnd = true
        settle()
        resolve(bytes)
      }
      const fail = (error: unknown): void => {
        settle()
        reject(error)
      }
      const onError = (cause?: Error): void => fail(new RequestError('ERR_BODY_ABORTED', { cause }))
      // raw-body does not tell of a stream that was destroyed; one that has ended closes before its promise is heard.
      const onClose = (): void => {
        if (stream.readableEnded !== true) onError()
      }
      // Most deliveries are one chunk: neither copied nor waited for until the stream has told its end.
      const onFirst = (chunk: Uint8Array): void => {
        if (chunk.length === length) {
          done(chunk)
          return
        }
        stream.removeListener('data', onFirst)
        stream.pause()
        stream.unshift(chunk)
        readRest(stream, limit, length).then(done, fail)
      }
      const timer = setTimeout(() => fail(new RequestError('ERR_BODY_TIMEOUT')), deadlineMs)
      stream.on('close', onClose)
      stream.on('error', onError)
      if (length === undefined || length === 0) readRest(stream, limit, length).then(done, fail)
      else {
        stream.on('data', onFirst)
        stream.resume()
      }
    })
  }
}

/** HTTP/1 tells by its headers whether a body follows; HTTP/2, known by its pseudo headers, need not. */
function announcesBody(headers: BodySource['headers']): boolean {
  const length = headers['content-length']
  if (length !== undefined) return length !== '0'
  return headers['transfer-encoding'] !== undefined || headers[':method'] !== undefined
}

async function readRest(stream: BodyStream, limit: number, length: number | undefined): Promise<Uint8Array> {
  const { default: rawBody } = await import('raw-body')
  // A Readable, of which BodyStream names a part.
  const reading = rawBody(stream as unknown as NodeJS.ReadableStream, { limit, length: length ?? null })
  stream.resume()
  return reading.catch((cause: { readonly type?: string }) => {
    throw new RequestError(cause.type === 'entity.too.large' ? 'ERR_BODY_TOO_LARGE' : 'ERR_BODY_ABORTED', { cause })
  })
}
