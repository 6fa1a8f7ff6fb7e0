import {
  connect,
  constants,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createReceiver, memoryStore, type Receiver, type WebhookEvent } from 'hookproof'
import type { GitHubEvents } from 'hookproof/events/github'
import { expressGuard } from 'hookproof/express'
import { koaMiddleware } from 'hookproof/koa'
import { nodeListener } from 'hookproof/node'
import { github } from 'hookproof/providers/github'
import Koa from 'koa'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GITHUB_SECRET, githubDelivery } from '../support/github-delivery.js'

let events: WebhookEvent[]
let receiver: Receiver<GitHubEvents>
let server: Http2Server | undefined

beforeEach(() => {
  events = []
  receiver = createReceiver(github({ secret: GITHUB_SECRET }), { logger: false }).onAny((event) => events.push(event))
})
afterEach(async () => {
  server?.close()
  await receiver.close()
})

async function post(
  listener: Parameters<typeof createServer>[0] | ((...request: never[]) => unknown),
  { headers, body }: { headers: Record<string, string>; body?: string | undefined },
): Promise<{ status: number; headers: object; body: string }> {
  server = createServer(listener as Parameters<typeof createServer>[0]) // Koa is typed for HTTP/1
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  try {
    const stream = session.request({ [constants.HTTP2_HEADER_METHOD]: 'POST', ':path': '/webhooks?x=1', ...headers })
    stream.end(body)
    const answer = await new Promise<Record<string, unknown>>((resolve, reject) => {
      stream.on('response', resolve)
      stream.on('error', reject)
    })
    const { ':status': status, ...rest } = answer
    return { status: Number(status), headers: rest, body: await text(stream) }
  } finally {
    session.close()
  }
}

const mounts: readonly [string, () => Parameters<typeof post>[0]][] = [
  ['nodeListener', () => nodeListener(receiver)],
  ['koaMiddleware', () => new Koa().use(koaMiddleware(receiver)).callback()],
]

describe.each(mounts)('%s over HTTP/2', (_name, mount) => {
  test('takes a genuine delivery without a length, and keeps pseudo headers out of the event', async () => {
    const sent = githubDelivery()
    expect(await post(mount(), sent)).toMatchObject({ status: 200, body: '' })
    expect(events.map(({ id }) => id)).toEqual([sent.headers['x-github-delivery']])
    expect(Object.keys(events[0]?.headers ?? {}).filter((name) => name.startsWith(':'))).toEqual([])
    expect(events[0]?.headers).toMatchObject({ 'x-github-event': 'adapter_test' })
  })

  test('refuses without a Connection header, which HTTP/2 does not have', async () => {
    const { headers, body } = githubDelivery()
    const answer = await post(mount(), { headers: { 'content-type': headers['content-type'] ?? '' }, body })
    expect(answer.status).toBe(401)
    expect(answer.headers).not.toHaveProperty('connection')
    expect(events).toEqual([])
  })

  test('refuses what announces itself as too large', async () => {
    const { headers } = githubDelivery()
    const answer = await post(mount(), { headers: { ...headers, 'content-length': String(26 * 1024 * 1024) } }).catch(
      (error: unknown) => error,
    )
    // Node resets a stream that ends before its announced length, unless the answer was faster.
    if (!(answer instanceof Error)) expect(answer).toMatchObject({ status: 413 })
    expect(events).toEqual([])
  })
})

test('a body that somebody else read is a misconfiguration over HTTP/2 too', async () => {
  const listener = nodeListener(receiver)
  const reading = (req: Parameters<typeof listener>[0], res: Parameters<typeof listener>[1]): void => {
    req.on('end', () => void listener(req, res))
    req.resume()
  }
  expect(await post(reading, githubDelivery())).toMatchObject({ status: 500 })
})

describe('a guard over HTTP/2', () => {
  /** Sends a delivery and leaves in the middle; resolves to the endings that were written, once nothing is under way. */
  async function endingsOf(leaveIn: 'the claim' | 'the application'): Promise<{ endings: string[]; began: number }> {
    const memory = memoryStore()
    const endings: string[] = []
    let leave: () => Promise<void> = async () => undefined
    let began = 0
    const guarded = createReceiver(github({ secret: GITHUB_SECRET }), {
      logger: false,
      store: {
        ...memory,
        async claim(key, options) {
          if (leaveIn === 'the claim') await leave()
          return memory.claim(key, options)
        },
        finish(key, options) {
          endings.push(options.to)
          return memory.finish(key, options)
        },
      },
    })
    const guard = expressGuard(guarded)
    server = createServer((req, res) => {
      const closed = new Promise((resolve) => res.once('close', resolve))
      leave = async () => {
        stream.close(constants.NGHTTP2_CANCEL)
        await closed
      }
      void guard(req, res, () => {
        began++
        void leave()
      })
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const { headers, body } = githubDelivery()
    const stream = session.request({ [constants.HTTP2_HEADER_METHOD]: 'POST', ':path': '/webhooks', ...headers })
    stream.on('error', () => undefined)
    const left = new Promise((resolve) => stream.once('close', resolve))
    stream.end(body)
    await left
    const begun = performance.now()
    await guarded.close({ timeoutMs: 2000 })
    expect(performance.now() - begun).toBeLessThan(1500) // nothing is held
    session.close()
    return { endings, began }
  }

  test('settles nothing where the client leaves before the answer', async () => {
    expect(await endingsOf('the application')).toEqual({ endings: [], began: 1 })
  })

  test('frees the event of a client that left before the application saw it', async () => {
    expect(await endingsOf('the claim')).toEqual({ endings: ['free'], began: 0 })
  })

  test('settles by the status of the answer', async () => {
    const guarded = createReceiver(github({ secret: GITHUB_SECRET }), { logger: false })
    const guard = expressGuard(guarded)
    const sent = githubDelivery()
    const outcome = async (status: number): Promise<number> =>
      (
        await post(
          (req: Http2ServerRequest, res: Http2ServerResponse) => guard(req, res, () => res.writeHead(status).end()),
          sent,
        )
      ).status
    expect([await outcome(500), await outcome(202), await outcome(500)]).toEqual([500, 202, 200])
    await guarded.close()
  })
})
