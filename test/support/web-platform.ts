import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { MountedAdapter } from '../../src/testing/adapter-contract.js'
import { listening } from './adapter-servers.js'

interface WebResult {
  readonly status?: number | undefined
  readonly headers: Headers | Readonly<Record<string, string>>
  readonly bytes: Uint8Array
}

/** A Node server that speaks `Request`: what stands between a socket and a function that takes one. */
export function webPlatform(handle: (request: Request) => Promise<WebResult>): Promise<MountedAdapter> {
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const headers = req.rawHeaders.flatMap((name, index, all): [string, string][] =>
      index % 2 === 0 ? [[name, all[index + 1] ?? '']] : [],
    )
    const bodiless = req.method === 'GET' || req.method === 'HEAD'
    const request = new Request(`http://${req.headers.host}${req.url}`, {
      method: req.method ?? 'GET',
      headers,
      ...(bodiless ? {} : { body: streamOf(req), duplex: 'half' }),
    })
    const result = await handle(request)
    res.statusCode = result.status ?? 200
    for (const [name, value] of result.headers instanceof Headers ? result.headers : Object.entries(result.headers)) {
      res.setHeader(name, value)
    }
    res.end(result.bytes)
  }
  return listening(createServer((req, res) => void serve(req, res).catch(() => res.destroy())))
}

/** `Readable.toWeb` of Node 20 throws where nobody can catch when its stream was cancelled. */
function streamOf(req: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = req[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
  })
}
