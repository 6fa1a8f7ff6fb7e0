import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express from 'express'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expressMiddleware } from '../../src/adapters/express.js'
import { koaMiddleware } from '../../src/adapters/koa.js'
import { createReceiver } from '../../src/index.js'
import type { Provider, WebhookEndpoint, WebhookRequest } from '../../src/types.js'
import { type FixtureRequest, readFixtures } from './fixture.js'
import { providerOf } from './harness.js'

interface Answer {
  readonly status: number
  /** All but what every server adds: date, connection, keep-alive. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends bytes and reads what comes back, byte by byte, until the server hangs up. */
async function exchange(port: number, { method, url, headers, body = '' }: FixtureRequest): Promise<Answer> {
  const lines = Object.entries({ host: 'localhost', ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  if (method !== 'GET' && method !== 'HEAD') lines.push(`content-length: ${Buffer.byteLength(body)}`)
  const raw = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`${method ?? 'POST'} ${url ?? '/hooks'} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', () => resolve(Buffer.concat(chunks)))
    socket.on('error', reject)
  })
  const end = raw.indexOf('\r\n\r\n')
  const [first = '', ...fields] = raw.subarray(0, end).toString('latin1').split('\r\n')
  const all = fields.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ])
  const added = ['date', 'connection', 'keep-alive', 'x-powered-by']
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(all.filter(([name = '']) => !added.includes(name))) as Record<string, string>,
    body: raw.subarray(end + 4).toString('latin1'),
  }
}

const now = 1_760_000_001

/** A route whose receiver each test sets. */
let endpoint: WebhookEndpoint
let handled = 0
const current: WebhookEndpoint = {
  provider: { id: 'the one under test' },
  receive: (request: WebhookRequest) => endpoint.receive(request),
  guard: () => {
    throw new Error('not mounted')
  },
}

function mount(provider: Provider, clock = now): void {
  handled = 0
  endpoint = createReceiver(provider, { logger: false, clock: () => 1000 * clock }).onAny(() => {
    handled += 1
  })
}

const servers: Record<string, () => Server> = {
  Express: () => createServer(express().disable('x-powered-by').all('/{*any}', expressMiddleware(current))),
  Koa: () => createServer(new Koa().use(koaMiddleware(current)).callback()),
}

const fixtures = readFixtures()
const fixtureOf = (id: string) => fixtures.find((fixture) => fixture.id === id)!
const shaken = fixtures.flatMap((fixture) =>
  fixture.requests
    .filter(({ expect }) => expect.handshake !== undefined)
    .map((request) => [`${fixture.id}: ${request.name}`, fixture, request] as const),
)

const noStore = { 'cache-control': 'no-store' }
const text = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', ...noStore }
const asJson = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff', ...noStore }
const empty = { ...noStore, 'content-length': '0' }
const refused = { 'content-type': 'text/plain; charset=utf-8' }
const reason = "The receiver's log has the reason.\n"
const token = 'hub.verify_token=meatyhamhock'

/** Whole answers; `fixture:` takes the request of that name from the provider's fixture. */
const exact: readonly [string, string, Partial<FixtureRequest> | string, Answer][] = [
  ['trello', 'HEAD', { method: 'HEAD', url: '/' }, { status: 200, headers: empty, body: '' }],
  ['mandrill', 'HEAD', { method: 'HEAD', url: '/' }, { status: 200, headers: empty, body: '' }],
  ['mailchimp', 'GET', { method: 'GET', url: '/?token=x' }, { status: 200, headers: empty, body: '' }],
  [
    'dropbox',
    'a challenge',
    { method: 'GET', url: '/?challenge=abc123' },
    { status: 200, headers: { ...text, 'content-length': '6' }, body: 'abc123' },
  ],
  [
    'dropbox',
    'a challenge of 1,024 characters, some of them escaped',
    { method: 'GET', url: `/?challenge=${'a'.repeat(1021)}%20%26%3D` },
    { status: 200, headers: { ...text, 'content-length': '1024' }, body: `${'a'.repeat(1021)} &=` },
  ],
  [
    'dropbox',
    'a page in the challenge, which stays text',
    { method: 'GET', url: '/?challenge=%3Cscript%3Ealert(1)%3C/script%3E' },
    { status: 200, headers: { ...text, 'content-length': '25' }, body: '<script>alert(1)</script>' },
  ],
  [
    'meta',
    'a challenge',
    { method: 'GET', url: `/?hub.mode=subscribe&hub.challenge=1158201444&${token}` },
    { status: 200, headers: { ...text, 'content-length': '10' }, body: '1158201444' },
  ],
  [
    'meta',
    'a wrong token',
    { method: 'GET', url: '/?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhoc' },
    { status: 403, headers: { ...refused, 'content-length': '35' }, body: reason },
  ],
  [
    'meta',
    'no token',
    { method: 'GET', url: '/?hub.mode=subscribe&hub.challenge=1' },
    { status: 403, headers: { ...refused, 'content-length': '35' }, body: reason },
  ],
  [
    'meta',
    'another mode',
    { method: 'GET', url: `/?hub.mode=unsubscribe&hub.challenge=1&${token}` },
    { status: 400, headers: { ...refused, 'content-length': '35' }, body: reason },
  ],
  [
    'discord',
    'the ping of interactions',
    'the ping of an interactions URL',
    { status: 200, headers: { ...asJson, 'content-length': '10' }, body: '{"type":1}' },
  ],
  [
    'discord',
    'the ping of webhook events',
    'the ping of a webhook events URL',
    { status: 204, headers: { 'content-type': 'application/json' }, body: '' },
  ],
]

const hostile: readonly [string, string][] = [
  ['no challenge', '/'],
  ['an empty challenge', '/?challenge='],
  ['1,025 characters', `/?challenge=${'a'.repeat(1025)}`],
  ['a line break', '/?challenge=a%0d%0aSet-Cookie:%20x=1'],
  ['a NUL', '/?challenge=a%00'],
  ['a C1 control character', '/?challenge=%C2%85'],
  ['a line separator', '/?challenge=%E2%80%A8'],
  ['a character that turns the text around', '/?challenge=%E2%80%AE'],
  ['bytes that are no UTF-8', '/?challenge=%FF'],
  ['two challenges', '/?challenge=a&challenge=b'],
  ['broken escapes', '/?challenge=%zz'],
]

describe.each(Object.keys(servers))('over %s', (name) => {
  let server: Server
  let port: number
  beforeAll(async () => {
    server = servers[name]!()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  test.each(exact)('%s answers byte for byte: %s', async (id, _what, request, answer) => {
    const fixture = fixtureOf(id)
    const stored = typeof request === 'string' ? fixture.requests.find((one) => one.name === request) : undefined
    mount(await providerOf(fixture))
    expect(
      await exchange(port, {
        ...(stored ?? { headers: {} }),
        ...(typeof request === 'string' ? {} : request),
      } as FixtureRequest),
    ).toEqual(answer)
    expect(handled).toBe(0)
  })

  test.each(shaken)('%s', async (_name, fixture, request) => {
    mount(await providerOf(fixture, request), request.now ?? 1_700_000_000)
    const answer = await exchange(port, request)
    const { status, headers = {}, body } = request.expect.handshake!
    expect(answer).toMatchObject({ status, headers, body: Buffer.from(body).toString('latin1') })
    expect(answer.headers['content-type'] ?? '').not.toContain('html')
    expect(handled).toBe(0)
  })

  test.each(hostile)('a challenge is not sent back: %s', async (_what, url) => {
    mount(await providerOf(fixtureOf('dropbox')))
    const { status, headers, body } = await exchange(port, { method: 'GET', url, headers: {} } as FixtureRequest)
    expect({ status, body, cookie: headers['set-cookie'] }).toEqual({ status: 400, body: reason, cookie: undefined })
  })

  test('a method that no handshake uses is refused with those that are', async () => {
    mount(await providerOf(fixtureOf('dropbox')))
    const answer = await exchange(port, { method: 'PUT', url: '/', headers: {} } as FixtureRequest)
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST, GET' } })
  })

  test('the ping of a stranger is refused with 401, as Discord tries now and then', async () => {
    const fixture = fixtureOf('discord')
    const [ping] = fixture.requests
    mount(await providerOf(fixture, ping, 'wrong'))
    expect(await exchange(port, ping!)).toMatchObject({ status: 401, body: reason })
  })
})
