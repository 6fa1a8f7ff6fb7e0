import { describe, expect, test } from 'vitest'
import { createReceiver } from '../../src/index.js'
import { paypal } from '../../src/providers/paypal.js'
import type { Fetch } from '../../src/schemes/x509.js'
import { readFixtures } from './fixture.js'

const [fixture] = readFixtures().filter(({ id }) => id === 'paypal')
const [genuine] = fixture?.requests ?? []
if (genuine === undefined) throw new Error('no fixture')
const { headers, body = '', now = 0 } = genuine

interface Question {
  readonly url: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string
}

/** PayPal's two endpoints: the token, and the verdict about what it is asked. */
function service(verdict: (body: string) => unknown = () => ({ verification_status: 'SUCCESS' }), expiresIn = 32_400) {
  const asked: Question[] = []
  let tokens = 0
  const fetch: Fetch = async (url, init) => {
    const text = Buffer.from(init.body ?? '').toString('latin1')
    asked.push({ url, method: init.method, headers: init.headers, body: text })
    if (url.endsWith('/v1/oauth2/token')) {
      tokens += 1
      return Response.json({ access_token: `A21-${tokens}`, token_type: 'Bearer', expires_in: expiresIn })
    }
    const answer = verdict(text)
    return answer instanceof Response ? answer : Response.json(answer)
  }
  return { fetch, asked }
}

function receiverWith(fetch: Fetch, more: { sandbox?: boolean } = {}, clock = () => 1000 * now) {
  const verifyOnline = { clientId: 'client', clientSecret: 'hush-hush-hush', fetch, ...more }
  return createReceiver(paypal({ webhookId: '4JH86294D6297924G', verifyOnline }), { clock, logger: false })
}
const delivery = (text: string | Uint8Array = body, more: Record<string, string> = {}) => ({
  method: 'POST',
  url: '/paypal',
  headers: { ...headers, ...more },
  body: text,
})

describe('PayPal, asked about each delivery', () => {
  test('the event is embedded byte for byte, between what the headers say', async () => {
    const { fetch, asked } = service()
    // White space, escapes and number forms that writing it again would change.
    const odd = '{ "id" : "WH-1" , "event_type":"A\\u002eB", "n": 1.0e2,\n "x":"\\/ü" }'
    const found = await receiverWith(fetch).verify(delivery(odd))
    expect(found.events).toMatchObject([{ id: 'WH-1', type: 'A.B' }])
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST https://api-m.paypal.com/v1/oauth2/token',
      'POST https://api-m.paypal.com/v1/notifications/verify-webhook-signature',
    ])
    const [token, question] = asked
    expect(token?.headers.authorization).toBe(`Basic ${Buffer.from('client:hush-hush-hush').toString('base64')}`)
    expect(token?.body).toBe('grant_type=client_credentials')
    expect(question?.headers.authorization).toBe('Bearer A21-1')
    const text = Buffer.from(question?.body ?? '', 'latin1').toString('utf8')
    expect(text.endsWith(`,"webhook_event":${odd}}`)).toBe(true)
    expect(JSON.parse(text)).toEqual({
      auth_algo: 'SHA256withRSA',
      cert_url: headers['paypal-cert-url'],
      transmission_id: headers['paypal-transmission-id'],
      transmission_sig: headers['paypal-transmission-sig'],
      transmission_time: headers['paypal-transmission-time'],
      webhook_id: '4JH86294D6297924G',
      webhook_event: JSON.parse(odd),
    })
  })

  test.each([
    ['{"id":"WH-1"},"webhook_id":"ATTACKER"'],
    ['{"id":"WH-1"},"webhook_id":"ATTACKER","x":{}'],
    ['1,"webhook_id":"ATTACKER"'],
    ['{"id":"WH-1"}}{'],
    ['{"id":"WH-1"'],
    [''],
    ['\ufeff{"id":"WH-1"}'],
  ])('a body that would break out of its place is never sent: %s', async (text) => {
    const { fetch, asked } = service()
    expect((await receiverWith(fetch).receive(delivery(text))).status).toBe(400)
    expect(asked).toEqual([])
  })

  test.each([
    [{ verification_status: 'FAILURE' }, 401],
    [{ verification_status: 'success' }, 401],
    [{ verification_status: ['SUCCESS'] }, 401],
    [{}, 401],
    [null, 401],
  ])('the answer %j: %i', async (answer, status) => {
    const { fetch } = service(() => answer)
    expect((await receiverWith(fetch).receive(delivery())).status).toBe(status)
  })

  test.each([
    ['of status 500', () => new Response('', { status: 500 }), 'api-m.paypal.com: it answered 500'],
    ['that is no JSON', () => new Response('hello'), 'api-m.paypal.com: its answer is not JSON'],
  ])('an answer %s: 503', async (_, answer, reason) => {
    const { fetch } = service(answer)
    const message = expect.stringContaining(reason)
    await expect(receiverWith(fetch).verify(delivery())).rejects.toMatchObject({ code: 'ERR_KEY_LOOKUP', message })
    expect((await receiverWith(fetch).receive(delivery())).status).toBe(503)
  })

  test('an answer of status 500 is told at once, also where its connection never ends', async () => {
    const never = new ReadableStream({ cancel: () => new Promise(() => {}) })
    const { fetch } = service(() => new Response(never, { status: 500 }))
    const message = expect.stringContaining('it answered 500')
    await expect(receiverWith(fetch).verify(delivery())).rejects.toMatchObject({ message })
  })

  test('the access token is kept until shortly before it ends, and not after a refusal', async () => {
    let time = 1000 * now
    let broken = false
    const { fetch, asked } = service(() =>
      broken ? new Response('', { status: 401 }) : { verification_status: 'SUCCESS' },
    )
    const receiver = receiverWith(fetch, {}, () => time)
    const tokens = (): number => asked.filter(({ url }) => url.endsWith('token')).length
    await receiver.verify(delivery())
    await receiver.verify(delivery())
    expect(tokens()).toBe(1)
    time += 32_400_000 - 60_000
    await receiver.verify(delivery())
    expect(tokens()).toBe(2)
    broken = true
    await expect(receiver.verify(delivery())).rejects.toMatchObject({ code: 'ERR_KEY_LOOKUP' })
    broken = false
    await receiver.verify(delivery())
    expect(tokens()).toBe(3)
  })

  test('at most 32 questions are open; more deliveries are asked to come again', async () => {
    let open = 0
    let most = 0
    const { fetch } = service()
    const slow: Fetch = async (url, init) => {
      open += 1
      most = Math.max(most, open)
      await new Promise((resolve) => setImmediate(resolve))
      open -= 1
      return fetch(url, init)
    }
    const receiver = receiverWith(slow)
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, i) => receiver.receive(delivery(`{"id":"WH-${i}","event_type":"x"}`))),
    )
    const statuses = replies.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(32)
    expect(statuses.filter((status) => status === 503)).toHaveLength(68)
    expect(most).toBeLessThanOrEqual(32)
  })

  test('the sandbox has a host of its own, and another algorithm is not even asked about', async () => {
    const { fetch, asked } = service()
    const receiver = receiverWith(fetch, { sandbox: true })
    await receiver.verify(delivery())
    expect(asked.every(({ url }) => url.startsWith('https://api-m.sandbox.paypal.com/'))).toBe(true)
    const before = asked.length
    expect((await receiver.receive(delivery(body, { 'paypal-auth-algo': 'SHA1withRSA' }))).status).toBe(401)
    expect(asked).toHaveLength(before)
  })

  test.each([{ clientId: '' }, { clientSecret: ' ' }, { clientSecret: undefined as never }])(
    '%j is refused when the provider is made',
    (more) => {
      const verifyOnline = { clientId: 'client', clientSecret: 'secret', ...more }
      expect(() => paypal({ webhookId: '4JH86294D6297924G', verifyOnline })).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
      )
    },
  )

  test('a secret is in no error and no inspection', async () => {
    const fetch: Fetch = async () => {
      throw new Error('connect ECONNREFUSED')
    }
    const receiver = receiverWith(fetch)
    const error = await receiver.verify(delivery()).catch((reason: unknown) => reason)
    const { inspect } = await import('node:util')
    expect(`${inspect(receiver, { depth: 9 })}${inspect(error, { depth: 9 })}${JSON.stringify(receiver)}`).not.toMatch(
      /hush|aHVzaC/,
    )
  })
})
