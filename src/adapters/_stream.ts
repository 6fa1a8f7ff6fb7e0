import { RequestError } from '../errors.js'

/** What a body is read from: any Node.js Readable. */
export interface BodyStream {
  readonly readableDidRead?: boolean | undefined
  readonly readableEnded?: boolean | undefined
  readonly readableEncoding?: string | null | undefined
  readonly readableLength?: number | undefined
  readonly destroyed?: boolean | undefined
  /** An HTTP message that was received to its end. */
  readonly complete?: boolean | undefined
  on(event: string, listener: (...values: never[]) => void): unknown
  removeListener(event: string, listener: (...values: never[]) => void): unknown
  pause(): unknown
  resume(): unknown
  read(): unknown
  unshift(chunk: Uint8Array): void
}

/** What is asked of a stream; `length` is what the sender announced. */
export interface StreamLimits {
  readonly limit: number
  readonly length: number | undefined
  readonly deadlineMs: number
}

/**
 * The whole of an announced body where it has arrived already, as it nearly always has with the request's head: neither listeners nor a
 * timer are spent on it. To be asked a microtask after the head, when the parser is through with what came with it.
 */
export function takeWhole(stream: BodyStream, length: number | undefined): Uint8Array | undefined {
  if (length === undefined || length === 0 || stream.readableLength !== length) return undefined
  const chunk = stream.read()
  if (!(chunk instanceof Uint8Array)) return undefined
  if (chunk.length !== length) {
    stream.unshift(chunk)
    return undefined
  }
  if (stream.complete !== true) stream.resume()
  return chunk
}

/** Reads a stream to its end, by its deadline. Rejects with RequestError ERR_BODY_TOO_LARGE, ERR_BODY_TIMEOUT or ERR_BODY_ABORTED. */
export function readStream(stream: BodyStream, limits: StreamLimits): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer)
      stream.removeListener('close', onClose)
      stream.removeListener('error', onError)
      stream.removeListener('data', onFirst)
    }
    const done = (bytes: Uint8Array): void => {
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
      if (chunk.length === limits.length) {
        done(chunk)
        return
      }
      stream.removeListener('data', onFirst)
      stream.pause()
      stream.unshift(chunk)
      readAll(stream, limits).then(done, fail)
    }
    const timer = setTimeout(() => fail(new RequestError('ERR_BODY_TIMEOUT')), limits.deadlineMs)
    stream.on('close', onClose)
    stream.on('error', onError)
    if (limits.length === undefined || limits.length === 0) readAll(stream, limits).then(done, fail)
    else {
      stream.on('data', onFirst)
      stream.resume()
    }
  })
}

async function readAll(stream: BodyStream, { limit, length }: StreamLimits): Promise<Uint8Array> {
  const { default: rawBody } = await import('raw-body')
  // A Readable, of which BodyStream names a part.
  const reading = rawBody(stream as unknown as NodeJS.ReadableStream, { limit, length: length ?? null })
  stream.resume()
  return reading.catch((cause: { readonly type?: string }) => {
    throw new RequestError(cause.type === 'entity.too.large' ? 'ERR_BODY_TOO_LARGE' : 'ERR_BODY_ABORTED', { cause })
  })
}
