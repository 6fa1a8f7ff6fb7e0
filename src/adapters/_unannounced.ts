import { RequestError } from '../errors.js'
import type { BodyStream, StreamLimits } from './_stream.js'

/** Reads a body whose length was not announced. The stream is held meanwhile; a pipe or an iterator of somebody else goes on all the same. */
export async function readUnannounced(stream: BodyStream, { limit, length }: StreamLimits): Promise<Uint8Array> {
  const early: Uint8Array[] = []
  const onEarly = (chunk: unknown): unknown => early.push(chunk as Uint8Array) // no encoding is set
  stream.pause()
  stream.on('data', onEarly)
  const { default: rawBody } = await import('raw-body')
  stream.removeListener('data', onEarly)
  const begun = Buffer.concat(early)
  if (begun.length > limit) throw new RequestError('ERR_BODY_TOO_LARGE')
  if (stream.readableEnded === true) return begun
  // A Readable, of which BodyStream names a part.
  const readable = stream as unknown as NodeJS.ReadableStream
  const reading = rawBody(readable, { limit: limit - begun.length, length: length ?? null })
  stream.resume()
  const rest = await reading.catch((cause: { readonly type?: string }) => {
    throw new RequestError(cause.type === 'entity.too.large' ? 'ERR_BODY_TOO_LARGE' : 'ERR_BODY_ABORTED', { cause })
  })
  return begun.length === 0 ? rest : Buffer.concat([begun, rest])
}
