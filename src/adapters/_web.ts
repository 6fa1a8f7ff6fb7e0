import { ConfigError, RequestError } from '../errors.js'
import type { BodyReader, HeaderFields } from '../types.js'
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

/** Reads a web body once: whole where its length is announced, else chunk by chunk up to the limit. */
export function webBody(request: WebRequest, fix: string, deadlineMs: number): BodyReader {
  return async (limit) => {
    const length = announcedLength(request.headers.get('content-length'), limit)
    if (request.bodyUsed) throw new ConfigError('ERR_BODY_CONSUMED', { detail: fix })
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new RequestError('ERR_BODY_TIMEOUT')), deadlineMs)
    })
    try {
      // Without a length the limit has to hold while reading; with one, touching `body` would cost some platforms a real stream.
      if (length === undefined && request.body !== null) return await readChunks(request.body, limit, late)
      return new Uint8Array(await Promise.race([request.arrayBuffer(), late]))
    } catch (cause) {
      throw cause instanceof RequestError ? cause : new RequestError('ERR_BODY_ABORTED', { cause })
    } finally {
      clearTimeout(timer)
    }
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

/** Tells the platform that nobody will read the body of a request that was refused by its headers. */
export function cancelUnread(request: WebRequest): void {
  if (!request.bodyUsed) dropped(request.body?.cancel())
}

function dropped(cancelling: Promise<void> | undefined): void {
  cancelling?.catch(() => {}) // it was to end anyway
}
