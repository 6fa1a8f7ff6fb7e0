import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Redis } from 'ioredis'

type Answer = { readonly result: unknown } | { readonly error: string }

export interface UpstashShim {
  readonly url: string
  /** Bodies of the requests so far. */
  readonly requests: unknown[]
  /** Answers every request in this way until it is unset. */
  override: ((respond: (status: number, headers: Record<string, string>, body: string) => void) => void) | undefined
  stop(): Promise<void>
}

/** Upstash's REST API (single commands and pipelines, answers plain or in base64) before a real Redis. */
export async function startUpstashShim(redisUrl: string, token: string): Promise<UpstashShim> {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1 })
  const run = async ([name, ...words]: [string, ...string[]], encode: boolean): Promise<Answer> => {
    try {
      const result = await redis.call(name, ...words)
      return { result: encode ? encoded(result) : result }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }
  const requests: unknown[] = []
  const server: Server = createServer(async (request, response) => {
    const respond = (status: number, headers: Record<string, string>, body: string): void => {
      response.writeHead(status, headers).end(body)
    }
    const json = (status: number, body: unknown): void =>
      respond(status, { 'content-type': 'application/json' }, JSON.stringify(body))
    const body = JSON.parse(await text(request))
    requests.push(body)
    if (shim.override !== undefined) return shim.override(respond)
    if (request.headers.authorization !== `Bearer ${token}`) return json(401, { error: 'Unauthorized' })
    const encode = request.headers['upstash-encoding'] === 'base64'
    if (request.url?.endsWith('/pipeline')) {
      return json(200, await Promise.all(body.map((words: [string]) => run(words, encode))))
    }
    const answer = await run(body, encode)
    json('error' in answer ? 400 : 200, answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const shim: UpstashShim = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    override: undefined,
    stop: async () => {
      redis.disconnect()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return shim
}

function encoded(result: unknown): unknown {
  if (Array.isArray(result)) return result.map(encoded)
  return typeof result === 'string' && result !== 'OK' ? Buffer.from(result).toString('base64') : result
}
