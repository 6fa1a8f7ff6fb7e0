import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createReceiver, defineProvider } from 'hookproof'
import { nodeListener } from 'hookproof/node'
import { github } from 'hookproof/providers/github'
import { slack } from 'hookproof/providers/slack'
import { standardWebhooks } from 'hookproof/providers/standard-webhooks'
import { stripe } from 'hookproof/providers/stripe'
import { conformance, deliver, fakeClock, providerContract, signRequest } from 'hookproof/testing'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acme, SECRET, sign } from '../support/acme.js'

const NOW = 1_700_000_000_000

describe('signRequest', () => {
  it("signs as the vendors' own packages do", () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const ours = signRequest(standardWebhooks({ secret }), {
      secret,
      body: '{"type":"x"}',
      now: NOW,
      headers: { 'webhook-id': 'msg_1' },
    })
    expect(ours.headers['webhook-signature']).toBe(new Webhook(secret).sign('msg_1', new Date(NOW), '{"type":"x"}'))
    const theirs = Stripe.webhooks.generateTestHeaderString({
      payload: '{"id":"evt_1"}',
      secret,
      timestamp: NOW / 1000,
    })
    expect(
      signRequest(stripe({ secret }), { secret, body: '{"id":"evt_1"}', now: NOW }).headers['stripe-signature'],
    ).toBe(theirs)
  })

  it.each([
    ['github', github({ secret: SECRET }), { 'x-github-event': 'ping', 'x-github-delivery': 'd1' }],
    ['slack', slack({ secret: SECRET }), {}],
    ['acme', acme(), { 'acme-id': 'a1' }],
  ])('makes a request that %s accepts', async (_, provider, headers) => {
    const receiver = createReceiver(provider, { logger: false })
    const body = { type: 'event_callback', event_id: 'Ev1', event: { type: 'message' }, zen: 'x', hook_id: 1, hook: {} }
    expect(await deliver(receiver, signRequest(provider, { secret: SECRET, body, headers }))).toMatchObject({
      status: 200,
    })
  })

  it('refuses where a signed header is missing, or nothing is signed with a shared secret', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    expect(() => signRequest(standardWebhooks({ secret }), { secret, body: {} })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
    const { recipe: _recipe, ...scheme } = acme().scheme
    expect(() => signRequest(acme({ scheme }), { secret: SECRET, body: {} })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})

it('fakeClock moves only when told to', async () => {
  const clock = fakeClock(NOW)
  const provider = stripe({ secret: SECRET })
  const receiver = createReceiver(provider, { clock, logger: false })
  const request = signRequest(provider, {
    secret: SECRET,
    body: { id: 'evt_1', object: 'event', type: 'x' },
    now: clock(),
  })
  expect((await deliver(receiver, request)).status).toBe(200)
  clock.advance(301_000)
  expect((await deliver(receiver, request)).status).toBe(401)
})

describe('providerContract', () => {
  const body = Buffer.from('{"type":"ping"}')
  const genuine = { method: 'POST', url: '/', headers: { 'acme-id': 'a1', 'acme-signature': sign(body) }, body }
  const cases = (provider = acme()): ReturnType<typeof providerContract> =>
    providerContract({ provider, genuine, now: NOW })

  it.each(cases().map(({ title, run }) => [title, run] as const))('%s', (_, run) => run())

  it.each([
    ['accepts everything', acme({ scheme: { ...acme().scheme, verify: () => ({ coverage: 'full', signed: [] }) } })],
    ['accepts nothing', acme({ scheme: { ...acme().scheme, verify: () => 'ERR_SIGNATURE_MISMATCH' } })],
    ['knows no type', acme({ identify: () => ({ id: 'a', type: '' }) })],
  ])('goes red for a provider that %s', async (_, provider) => {
    const results = await Promise.allSettled(cases(defineProvider(provider)).map(({ run }) => run()))
    expect(results.some(({ status }) => status === 'rejected')).toBe(true)
  })
})

describe('conformance', () => {
  let url = ''
  let naive = ''
  const servers = [
    createServer(nodeListener(createReceiver(acme(), { logger: false }).on('ping', () => undefined))),
    // What a tutorial shows: no deduplication, and every refusal with its reason.
    createServer((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      request.on('end', () => {
        const good = request.headers['acme-signature'] === createHmac('sha256', SECRET).update(text).digest('hex')
        response
          .writeHead(good ? 200 : 401)
          .end(good ? 'ok' : `bad signature ${request.headers['acme-signature'] ?? 'missing'}`)
      })
    }),
  ]
  beforeAll(async () => {
    const urls = await Promise.all(
      servers.map(
        (server) =>
          new Promise<string>((resolve) => {
            server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`))
          }),
      ),
    )
    url = urls[0] ?? ''
    naive = urls[1] ?? ''
  })
  afterAll(() => {
    for (const server of servers) server.close()
  })

  let id = 0
  const cases = (target: string): ReturnType<typeof conformance> =>
    conformance({
      url: target,
      provider: acme(),
      secret: SECRET,
      body: { type: 'ping' },
      headers: () => ({ 'acme-id': `c${++id}` }),
    })

  it('holds for a mounted receiver', async () => {
    for (const { run } of cases(url)) await run()
  })
  it('finds what a hand-written endpoint lacks', async () => {
    const results = await Promise.allSettled(cases(naive).map(({ run }) => run()))
    expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThanOrEqual(4)
  })
})
