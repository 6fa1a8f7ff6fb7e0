import { RequestError } from '../errors.js'
import { readUnannounced } from './_unannounced.js'

/** What a body is read from: any Node.js Readable. */
export interface BodyStream {
  readonly readableDidRead?: boolean | undefined
  readonly readableEnded?: boolean | undefined
  readonly readableEncoding?: string | null | undefined
  readonly readableFlowing?: boolean | null | undefined
  readonly readableLength?: number | undefined
  readonly destroyed?: boolean | undefined
  /** An HTTP message that was received to its end. */
  readonly complete?: boolean | undefined
  on(event: string, listener: (...values: unknown[]) => void): unknown
  removeListener(event: string, listener: (...values: unknown[]) => void): unknown
  pause(): unknown
  resume(): unknown
  read(): unknown
  unshift(chunk: unknown): void
}

/** What is asked of a stream; `length` is what the sender announced. */
export interface StreamLimits {
  readonly limit: number
  readonly length: number | undefined
  readonly deadlineMs: number
}

/**
 * Begins in the next tick, when the parser is through with what came with the head; at once where somebody lets the body flow already:
 * it comes only once. Whoever begins to listen meanwhile lets it flow a tick later.
 */
export function onceArrived<T>(stream: BodyStream, begin: () => Promise<T>): Promise<T> {
  if (stream.readableFlowing === true) return begin()
  return new Promise((resolve, reject) => {
    process.nextTick(() => begin().then(resolve, reject))
  })
}

/**
 * The whole of an announced body where it has arrived already, as it nearly always has: neither listeners nor a timer are spent on it. Not
 * of a stream that flows for somebody else: that gives one chunk at a time, however many there are.
 */
export function takeWhole(stream: BodyStream, length: number | undefined): Uint8Array | undefined {
  if (length === undefined || length === 0 || stream.readableLength !== length || stream.readableFlowing === true)
    return undefined
  const chunk = stream.read()
  if (chunk instanceof Uint8Array && chunk.length === length) {
    if (stream.complete !== true) stream.resume()
    return chunk
  }
  if (chunk !== null) stream.unshift(chunk)
  return undefined
}

/** Reads a stream to its end, by its deadline. Rejects with RequestError ERR_BODY_TOO_LARGE, ERR_BODY_TIMEOUT or ERR_BODY_ABORTED. */
export function readStream(stream: BodyStream, limits: StreamLimits): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer)
      stream.removeListener('close', onClose)
      stream.removeListener('error', onError)
      stream.removeListener('end', onEnd)
      stream.removeListener('data', onData)
    }
    const done = (bytes: Uint8Array): void => {
      settle()
      resolve(bytes)
    }
    const fail = (error: unknown): void => {
      settle()
      reject(error)
    }
    const onError = (cause?: unknown): void => fail(new RequestError('ERR_BODY_ABORTED', { cause }))
    const onEnd = (): void => onError()
    // raw-body does not tell of a stream that was destroyed; one that has ended closes before its promise is heard.
    const onClose = (): void => {
      if (stream.readableEnded !== true) onError()
    }
    const onData = collect(limits.length, done, onEnd)
    const timer = setTimeout(() => fail(new RequestError('ERR_BODY_TIMEOUT')), limits.deadlineMs)
    stream.on('close', onClose)
    stream.on('error', onError)
    if (limits.length === undefined || limits.length === 0) readUnannounced(stream, limits).then(done, fail)
    else {
      stream.on('end', onEnd)
      stream.on('data', onData)
      stream.resume()
    }
  })
}

/** Takes chunks until the announced length is there. Most deliveries are one chunk: neither copied nor waited for until the stream has told its end. */
function collect(length = 0, done: (bytes: Uint8Array) => void, refuse: () => void): (chunk: unknown) => void {
  const chunks: Uint8Array[] = []
  let total = 0
  return (data) => {
    const chunk = data as Uint8Array // no encoding is set
    chunks.push(chunk)
    total += chunk.length
    if (total > length) refuse()
    else if (total === length) done(chunks.length === 1 ? chunk : Buffer.concat(chunks, length))
  }
}
