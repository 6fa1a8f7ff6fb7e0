import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import express from 'express'
import { createReceiver, type Receiver, type WebhookRequest } from 'hookproof'
import { azureHandler } from 'hookproof/azure'
import type { GitHubEvents } from 'hookproof/events/github'
import { expressMiddleware } from 'hookproof/express'
import { fetchHandler } from 'hookproof/fetch'
import { type LambdaEvent, lambdaHandler } from 'hookproof/lambda'
import { nodeListener } from 'hookproof/node'
import { github } from 'hookproof/providers/github'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { NodeBody } from '../../src/adapters/_body.js'
import type { WebhookEndpoint, WebhookReply } from '../../src/types.js'
import { listening } from '../support/adapter-servers.js'
import { GITHUB_SECRET, githubDelivery } from '../support/github-delivery.js'

let receiver: Receiver<GitHubEvents>
let ran: string[]

beforeEach(() => {
  ran = []
  receiver = createReceiver(github({ secret: GITHUB_SECRET }), { logger: false }).onAny((event) => ran.push(event.id))
})
afterEach(() => receiver.close())

/** An endpoint that answers as told and remembers what it was asked. */
function scripted(reply: Partial<WebhookReply>): WebhookEndpoint & { readonly seen: WebhookRequest[] } {
  const seen: WebhookRequest[] = []
  return {
    provider: { id: 'scripted' },
    seen,
    receive: async (request) => {
      seen.push(request)
      return { status: 200, headers: {}, body: '', outcome: 'handled', events: [], ...reply }
    },
    guard: () => () => Promise.reject(new Error('not called')),
  }
}

describe('a Lambda event', () => {
  test.each<[string, LambdaEvent | Record<string, unknown>, number]>([
    ['that is empty', {}, 405],
    ['without headers', { httpMethod: 'POST', path: '/', body: '{}' }, 401],
    [
      'with headers of null',
      { httpMethod: 'POST', path: '/', headers: null, multiValueHeaders: null, body: '{}' },
      401,
    ],
    ['without a body', { ...eventOf(''), body: undefined }, 400],
    ['with a body of null', { ...eventOf(''), body: null }, 400],
    ['whose base64 is none', { ...eventOf('{"zen":"x"}'), body: '%%%', isBase64Encoded: true }, 401],
    ['whose text lost its broken UTF-8', { ...eventOf(Buffer.from([0x22, 0xff, 0x22])), body: '"\ufffd"' }, 401],
    ['of a queue', { Records: [{ eventSource: 'aws:sqs', body: '{}' }] }, 405],
  ])('%s is refused, and nothing runs', async (_what, event, status) => {
    const result = await lambdaHandler(receiver)(event as LambdaEvent) // whatever the platform sends
    expect([result.statusCode, ran]).toEqual([status, []])
  })

  test('is answered in base64 where the body is binary, and in lists where the event had lists', async () => {
    const endpoint = scripted({ body: Uint8Array.of(0, 255, 10), headers: { 'content-type': 'x/y' } })
    const handler = lambdaHandler(endpoint)
    expect(await handler(eventOf('{}'))).toEqual({
      statusCode: 200,
      headers: { 'content-type': 'x/y' },
      body: 'AP8K',
      isBase64Encoded: true,
    })
    const lists = await handler({ ...eventOf('{}'), multiValueHeaders: { a: ['1', '2'] } })
    expect(lists.multiValueHeaders).toEqual({ 'content-type': ['x/y'] })
  })

  test.each<[string, LambdaEvent, string]>([
    [
      'a gateway takes the escapes out of the query, so they are put back',
      {
        path: '/x',
        requestContext: { path: '/prod/x' },
        multiValueQueryStringParameters: { a: ['1', 'é /'], 'b&': [''] },
      },
      '/prod/x?a=1&a=%C3%A9%20%2F&b%26=',
    ],
    [
      'a load balancer leaves them in',
      { path: '/x', requestContext: { elb: {} }, queryStringParameters: { a: '%C3%A9+1' } },
      '/x?a=%C3%A9+1',
    ],
    ['payload 2.0 has the raw text', { rawPath: '/x%20y', rawQueryString: 'a=%2f&a' }, '/x%20y?a=%2f&a'],
  ])('has the URL that was called: %s', async (_what, event, url) => {
    const endpoint = scripted({})
    await lambdaHandler(endpoint)(event)
    expect(endpoint.seen[0]?.url).toBe(url)
  })
})

function eventOf(body: string | Buffer): LambdaEvent {
  const signature = createHmac('sha256', GITHUB_SECRET).update(body).digest('hex')
  const headers = {
    'x-github-event': 'adapter_test',
    'x-github-delivery': 'd1',
    'x-hub-signature-256': `sha256=${signature}`,
  }
  return { httpMethod: 'POST', path: '/', headers, body: body.toString(), isBase64Encoded: false }
}

describe('a web request', () => {
  const url = 'http://localhost/webhooks'

  test.each([
    ['as parameters of a promise', [{ params: Promise.resolve({ tenant: 'a', rest: ['b', 'c'], no: 1 }) }]],
    ['as parameters of an object', [{ params: { tenant: 'a', rest: ['b', 'c'] } }]],
  ])('hands path parameters on: %s', async (_what, context) => {
    const endpoint = scripted({})
    await fetchHandler(endpoint)(new Request(url, githubDelivery()), ...context)
    expect(endpoint.seen[0]?.params).toEqual({ tenant: 'a', rest: 'b/c' })
  })

  test.each([[undefined], [{}], [{ params: undefined }], [{ params: null }], [{ params: 'x' }], [42], [null]])(
    'does without parameters where the second argument is %j',
    async (context) => {
      expect((await fetchHandler(receiver)(new Request(url, githubDelivery()), context)).status).toBe(200)
    },
  )

  test('whose parameters are its own, as Bun has it', async () => {
    const endpoint = scripted({})
    await fetchHandler(endpoint)(Object.assign(new Request(url, githubDelivery()), { params: { tenant: 'a' } }))
    expect(endpoint.seen[0]?.params).toEqual({ tenant: 'a' })
  })

  test('whose body was read before is a misconfiguration: 500, at once', async () => {
    const request = new Request(url, githubDelivery())
    await request.text()
    expect((await fetchHandler(receiver)(request)).status).toBe(500)
    expect((await azureHandler(receiver)(request)).status).toBe(500)
  })

  test('is answered without a type that nobody set', async () => {
    const bare = await fetchHandler(scripted({ body: 'ok' }))(new Request(url, githubDelivery()))
    expect([await bare.text(), bare.headers.get('content-type')]).toEqual(['ok', null])
    const typed = await fetchHandler(scripted({ body: 'ok', headers: { 'content-type': 'x/y' } }))(new Request(url))
    expect(typed.headers.get('content-type')).toBe('x/y')
    const empty = await fetchHandler(receiver)(new Request(url, githubDelivery()))
    expect([empty.status, empty.headers.get('content-type')]).toEqual([200, null])
  })

  test('whose clone was read before is taken', async () => {
    const request = new Request(url, githubDelivery())
    await request.clone().json()
    expect((await fetchHandler(receiver)(request)).status).toBe(200)
  })

  test('whose stream fails is refused with 400', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) })
    const { headers } = githubDelivery()
    const request = new Request(url, { method: 'POST', headers, body, duplex: 'half' })
    expect((await fetchHandler(receiver)(request)).status).toBe(400)
  })

  test('that announces less than it holds is measured all the same', async () => {
    const small = createReceiver(github({ secret: GITHUB_SECRET }), { logger: false, maxBodyBytes: 100 })
    const { headers } = githubDelivery()
    const body = 'x'.repeat(200)
    const request = new Request(url, { method: 'POST', headers: { ...headers, 'content-length': '10' }, body })
    expect((await fetchHandler(small)(request)).status).toBe(413)
    await small.close()
  })

  test('that never ends is given up at the limit, and its source is told', async () => {
    let cancelled = false
    let pulled = 0
    const body = new ReadableStream({
      pull: (controller) => {
        pulled++
        controller.enqueue(new Uint8Array(65_536))
      },
      cancel: () => {
        cancelled = true
      },
    })
    const small = createReceiver(github({ secret: GITHUB_SECRET }), { logger: false, maxBodyBytes: 200_000 })
    const { headers } = githubDelivery()
    const request = new Request(url, { method: 'POST', headers, body, duplex: 'half' })
    expect((await fetchHandler(small)(request)).status).toBe(413)
    expect([cancelled, pulled < 10]).toEqual([true, true])
    await small.close()
  })

  test('that is refused by its headers has its body cancelled', async () => {
    let cancelled = false
    const body = new ReadableStream({
      cancel: () => {
        cancelled = true
      },
    })
    const request = new Request(url, { method: 'POST', body, duplex: 'half' })
    const response = await fetchHandler(receiver)(request)
    expect([response.status, response.headers.get('connection'), cancelled]).toEqual([401, 'close', true])
  })
})

describe('a Node stream', () => {
  const head = { headers: { 'content-length': '5' } }
  const source = (stream: Readable, deadlineMs = 1000): NodeBody =>
    new NodeBody({ stream, head, holders: [], fix: 'the fix', deadlineMs })

  test('that fails while it is read is an aborted body, with its cause', async () => {
    const cause = new Error('broken')
    const stream = new Readable({ read: () => {} })
    const reading = source(stream).read(10)
    stream.destroy(cause)
    await expect(reading).rejects.toMatchObject({ code: 'ERR_BODY_ABORTED', cause })
  })

  test.each([
    ['before', true],
    ['after', false],
  ])('that is destroyed without a word %s the read is an aborted body', async (_when, before) => {
    const stream = new Readable({ read: () => {} })
    if (before) stream.destroy()
    const reading = (async () => source(stream).read(10))()
    if (!before) stream.destroy()
    await expect(reading).rejects.toMatchObject({ code: 'ERR_BODY_ABORTED' })
  })

  test('that ends too early, or gives more than announced, is an aborted body', async () => {
    await expect(source(Readable.from([Buffer.from('abc')])).read(10)).rejects.toMatchObject({
      code: 'ERR_BODY_ABORTED',
    })
    const more = Readable.from([Buffer.from('abc'), Buffer.from('defg')])
    await expect(source(more).read(10)).rejects.toMatchObject({ code: 'ERR_BODY_ABORTED' })
  })

  test('of one chunk is handed on without a copy', async () => {
    const chunk = Buffer.from('abcde')
    expect(await source(Readable.from([chunk])).read(10)).toBe(chunk)
  })

  test('leaves no listener and no timer behind', async () => {
    const stream = Readable.from([Buffer.from('abcde')])
    await source(stream, 60_000).read(10)
    expect(['data', 'error', 'close', 'end'].map((name) => stream.listenerCount(name))).toEqual([0, 0, 0, 0])
  })

  // In a callback of the event loop, ticks come before microtasks; in a test, after them.
  const inCallback = <T>(work: () => T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(work())))

  test('that is destroyed in the tick in which it is asked is aborted, and not waited for', async () => {
    const stream = new Readable({ read: () => {} })
    const reading = await inCallback(() => {
      const answer = { code: source(stream).read(10) }
      stream.destroy()
      return answer
    })
    await expect(reading.code).rejects.toMatchObject({ code: 'ERR_BODY_ABORTED' })
  })

  describe.each(['before', 'after'] as const)('that somebody else listens to from %s the read', (when) => {
    test.each([
      ['in one piece', 1, true],
      ['in two', 2, true],
      ['of unannounced length, in one piece', 1, false],
      ['of unannounced length, in two', 2, false],
    ])('is read by both, %s', async (_how, pieces, announced) => {
      let seen = 0
      const listen = (stream: Readable): unknown => stream.on('data', (chunk: Buffer) => (seen += chunk.length))
      const mounted = nodeListener(receiver, { bodyTimeoutMs: 1000 })
      const server = createServer((req, res) => {
        if (when === 'before') listen(req)
        void mounted(req, res)
        if (when === 'after') listen(req)
      })
      const { url, close } = await listening(server)
      const { headers, body } = githubDelivery()
      const framing = announced ? { 'content-length': `${body.length}` } : { 'transfer-encoding': 'chunked' }
      const request = httpRequest(url, { method: 'POST', headers: { ...headers, ...framing } })
      const answered = once(request, 'response') as Promise<[IncomingMessage]>
      if (pieces === 2) {
        request.write(body.slice(0, -5))
        await vi.waitFor(() => expect(seen).toBeGreaterThan(0))
      }
      request.end(pieces === 2 ? body.slice(-5) : body)
      const [response] = await answered
      response.resume()
      await close()
      expect([response.statusCode, ran, seen]).toEqual([200, [headers['x-github-delivery']], body.length])
    })
  })

  test.each<[string, (stream: Readable, take: (chunk: Buffer) => unknown) => unknown]>([
    ['a pipe', (stream, take) => process.nextTick(() => stream.pipe(new PassThrough().on('data', take)))],
    [
      'an iterator',
      async (stream, take) => {
        for await (const chunk of stream) take(chunk as Buffer)
      },
    ],
  ])('of unannounced length is read whole beside %s, which cannot be held', async (_what, listen) => {
    let seen = 0
    const mounted = nodeListener(receiver, { bodyTimeoutMs: 1000 })
    const server = createServer((req, res) => {
      void mounted(req, res)
      void listen(req, (chunk) => (seen += chunk.length))
    })
    const { url, close } = await listening(server)
    const { headers, body } = githubDelivery()
    const chunk = `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`
    const fields = Object.entries({ ...headers, 'transfer-encoding': 'chunked', connection: 'close', host: 'x' })
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    // In one piece: all of it is there when the head is read.
    socket.write(`POST / HTTP/1.1\r\n${fields.map((field) => field.join(': ')).join('\r\n')}\r\n\r\n${chunk}`)
    let answer = ''
    for await (const text of socket.setEncoding('utf8')) answer += text
    await close()
    expect([answer.slice(0, 12), ran, seen]).toEqual(['HTTP/1.1 200', [headers['x-github-delivery']], body.length])
  })

  test('that arrived in several chunks, and that somebody else listens to, is read by both', async () => {
    const stream = new Readable({ read: () => {} })
    for (const chunk of ['ab', 'cde', null]) stream.push(chunk === null ? null : Buffer.from(chunk))
    let seen = ''
    stream.on('data', (chunk: Buffer) => (seen += chunk.toString()))
    const bytes = await source(stream).read(10)
    expect([Buffer.from(bytes).toString(), seen]).toEqual(['abcde', 'abcde'])
  })

  test('that an Express middleware counts the bytes of is read all the same', async () => {
    let seen = 0
    const app = express()
    app.use((req, _res, next) => {
      req.on('data', (chunk: Buffer) => (seen += chunk.length))
      next()
    })
    app.use(expressMiddleware(receiver, { bodyTimeoutMs: 1000 }))
    const { url, close } = await listening(createServer(app))
    const delivery = githubDelivery()
    const answer = await fetch(url, delivery)
    await close()
    expect([answer.status, ran, seen]).toEqual([200, [delivery.headers['x-github-delivery']], delivery.body.length])
  })

  test('that came while an Express middleware waited, and that the next one counts, is read all the same', async () => {
    let seen = 0
    const app = express()
    app.use((_req, _res, next) => void setTimeout(next, 100))
    app.use((req, _res, next) => {
      req.on('data', (chunk: Buffer) => (seen += chunk.length))
      next()
    })
    app.use(expressMiddleware(receiver, { bodyTimeoutMs: 1000 }))
    const { url, close } = await listening(createServer(app))
    const { headers, body } = githubDelivery()
    const request = httpRequest(url, { method: 'POST', headers: { ...headers, 'content-length': `${body.length}` } })
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    request.setNoDelay(true)
    request.write(body.slice(0, 10))
    await new Promise((resolve) => setTimeout(resolve, 30))
    request.end(body.slice(10))
    const [response] = await answered
    response.resume()
    await close()
    expect([response.statusCode, ran, seen]).toEqual([200, [headers['x-github-delivery']], body.length])
  })

  test.each([
    ['text', { rawBody: 'abcde' }],
    ['text', { body: 'abcde' }],
    ['an object', { body: { a: 1 } }],
    ['nothing', {}],
  ])('that was read, with %s left of it, is consumed: the error holds the fix', async (_what, holder) => {
    const stream = Readable.from([Buffer.from('abcde')])
    for await (const _chunk of stream) {
    }
    const body = new NodeBody({ stream, head, holders: [holder], fix: 'the fix', deadlineMs: 1000 })
    const reading = (async () => body.read(10))()
    await expect(reading).rejects.toMatchObject({
      code: 'ERR_BODY_CONSUMED',
      message: expect.stringContaining('the fix'),
    })
  })

  test('that somebody gave an encoding is consumed: its chunks are decoded', async () => {
    const stream = new Readable({ read: () => {} }).setEncoding('utf8')
    expect(() => source(stream).read(10)).toThrow(expect.objectContaining({ code: 'ERR_BODY_CONSUMED' }))
  })

  test.each([
    ['rawBody', { rawBody: Buffer.from('abcde'), body: { a: 1 } }],
    ['body', { body: new Uint8Array(Buffer.from('abcde')) }],
  ])('that was read, with its bytes left as %s, is taken from there without a copy', async (name, holder) => {
    const stream = Readable.from([Buffer.from('abcde')])
    for await (const _chunk of stream) {
    }
    const body = new NodeBody({ stream, head, holders: [{}, holder], fix: '', deadlineMs: 1000 })
    expect(await body.read(10)).toBe(holder[name as 'body'])
  })
})

describe('a request line', () => {
  test.each([
    ['of an absolute URL', 'POST http://other.example/webhooks?a=1 HTTP/1.1', 'http://other.example/webhooks?a=1'],
    ['with two slashes', 'POST //webhooks?a=1 HTTP/1.1', '//webhooks?a=1'],
    ['with an asterisk', 'OPTIONS * HTTP/1.1', '*'],
  ])('%s reaches the receiver as it came', async (_what, line, url) => {
    const endpoint = scripted({ body: 'ok' })
    const server = await listening(createServer(nodeListener(endpoint)))
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    // HTTP/1.0: no Host is needed.
    socket.write(`${line.replace('1.1', '1.0')}\r\n\r\n`)
    let answer = ''
    for await (const chunk of socket.setEncoding('utf8')) answer += chunk
    await server.close()
    expect([answer.startsWith('HTTP/1.1 200'), endpoint.seen[0]?.url]).toEqual([true, url])
  })
})

test('an adapter that is called without next, as Google Cloud Functions do, answers', async () => {
  const server = await listening(createServer(expressMiddleware(receiver)))
  expect((await fetch(server.url, githubDelivery())).status).toBe(200)
  await server.close()
})

test('nothing is sent where somebody else has answered', async () => {
  const listener = nodeListener(scripted({ status: 500 }))
  const server = await listening(createServer((req, res) => void listener(req, res.end('mine') && res)))
  expect(await (await fetch(server.url, { method: 'POST' })).text()).toBe('mine')
  await server.close()
})
