import { ConfigError, RequestError } from '../errors.js'
import type { BodyReader, HeaderFields, WebhookReply } from '../types.js'
import { announcedLength } from './_options.js'

/** A `Request` of the fetch standard, or what a platform calls that. */
export interface WebRequest {
  readonly method: string
  readonly url: string
  readonly headers: Extract<HeaderFields, { get(name: string): string | null }>
  readonly bodyUsed: boolean
  readonly body: WebStream | null
  arrayBuffer(): Promise<ArrayBuffer>
}
interface WebStream {
  getReader(): WebReader
  cancel(): Promise<void>
}
interface WebReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
  cancel(): Promise<void>
}

/** The body of one web request. */
export class WebBody {
  readonly #request: WebRequest
  readonly #fix: string
  readonly #deadlineMs: number
  #readToEnd = false

  constructor(request: WebRequest, fix: string, deadlineMs: number) {
    this.#request = request
    this.#fix = fix
    this.#deadlineMs = deadlineMs
  }

  readonly read: BodyReader = async (limit) => {
    const request = this.#request
    const length = announcedLength(request.headers.get('content-length'), limit)
    if (request.bodyUsed) {
      this.#readToEnd = true
      throw new ConfigError('ERR_BODY_CONSUMED', { detail: this.#fix })
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new RequestError('ERR_BODY_TIMEOUT')), this.#deadlineMs)
    })
    try {
      // Without a length the limit has to hold while reading; with one, touching `body` would cost some platforms a real stream.
      const inChunks = length === undefined && request.body !== null
      const whole = inChunks ? readChunks(request.body, limit, late) : request.arrayBuffer().then(bytesOf)
      const bytes = await Promise.race([whole, late])
      this.#readToEnd = true
      return bytes
    } catch (cause) {
      throw cause instanceof RequestError ? cause : new RequestError('ERR_BODY_ABORTED', { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  /** The headers of a reply. What nobody will read is given up, and the connection with it: some servers would take it all in. */
  replyHeaders({ headers }: WebhookReply): Record<string, string> {
    if (this.#readToEnd || this.#request.body === null) return { ...headers }
    if (!this.#request.bodyUsed) dropped(this.#request.body.cancel())
    return { ...headers, connection: 'close' }
  }
}

async function readChunks(stream: WebStream, limit: number, late: Promise<never>): Promise<Uint8Array> {
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late])
      if (done || value === undefined) return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks)
      size += value.length
      if (size > limit) throw new RequestError('ERR_BODY_TOO_LARGE')
      chunks.push(value)
    }
  } catch (error) {
    dropped(reader.cancel())
    throw error
  }
}

function bytesOf(buffer: ArrayBuffer): Uint8Array {
  return new Uint8Array(buffer)
}

function dropped(cancelling: Promise<void>): void {
  cancelling.catch(() => {}) // it was to end anyway
}
