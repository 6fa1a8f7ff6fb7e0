import { createServer } from 'node:https'
import { type AddressInfo, connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Agent, fetch as undiciFetch } from 'undici'
import type { Fetch } from '../../src/schemes/x509.js'
import type { Issued } from './authority.js'

/** A listener that every name leads to: what connects anywhere is counted here. */
export interface CountingListener {
  /** The real fetch of undici, with a resolver that knows one address only. */
  readonly fetch: Fetch
  readonly counts: { fetches: number; connections: number; requests: string[] }
  reset(): void
  close(): Promise<void>
}

export interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array
  /** Before the answer's end. */
  readonly delayMs?: number
}

export async function countingListener(
  own: Issued,
  answer: (url: string) => Answer | undefined,
): Promise<CountingListener> {
  const counts = { fetches: 0, connections: 0, requests: [] as string[] }
  const server = createServer({ key: own.key, cert: own.certificate }, (request, response) => {
    const url = `https://${request.headers.host}${request.url}`
    counts.requests.push(url)
    const { status = 200, headers = {}, body = '', delayMs = 0 } = answer(url) ?? { status: 404 }
    response.writeHead(status, { connection: 'close', ...headers })
    response.write(body)
    setTimeout(() => response.end(), delayMs)
  })
  server.on('connection', () => {
    counts.connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const agent = new Agent({
    connect(options, callback): void {
      const socket =
        options.protocol === 'https:'
          ? connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
          : connectPlain({ host: '127.0.0.1', port })
      const failed = (error: Error): void => callback(error, null)
      socket.once('error', failed)
      socket.once(options.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        socket.off('error', failed)
        callback(null, socket)
      })
    },
  })
  return {
    counts,
    fetch: (url, init) => {
      counts.fetches += 1
      return undiciFetch(url, { ...init, dispatcher: agent })
    },
    reset(): void {
      Object.assign(counts, { fetches: 0, connections: 0, requests: [] })
    },
    async close(): Promise<void> {
      await agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
