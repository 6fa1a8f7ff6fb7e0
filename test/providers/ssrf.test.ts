import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createReceiver } from '../../src/index.js'
import { awsSns, confirmSubscription } from '../../src/providers/aws-sns.js'
import { paypal } from '../../src/providers/paypal.js'
import type { WebhookRequest } from '../../src/types.js'
import { type Authority, authority, type Issued } from '../support/authority.js'
import { type CountingListener, countingListener } from '../support/counting-listener.js'
import { paypalDelivery, snsDelivery } from '../support/senders.js'

const clock = (): number => Date.parse('2026-05-18T15:46:00Z')
const TOPIC = 'arn:aws:sns:us-west-2:123456789012:orders'
const HEX = '0123456789abcdef0123456789abcdef'
const places = {
  paypal: { host: 'api.paypal.com', path: '/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77' },
  sns: { host: 'sns.us-west-2.amazonaws.com', path: `/SimpleNotificationService-${HEX}.pem` },
}

/** Spellings and look-alikes of the one URL that is right. */
function hostile({ host, path }: { host: string; path: string }): readonly unknown[] {
  const [label, ...rest] = host.split('.')
  const parent = rest.join('.')
  return [
    // schemes
    ...[`http://${host}${path}`, `HTTPS://${host}${path}`, `ftp://${host}${path}`, `//${host}${path}`, path],
    ...[
      'file:///etc/passwd',
      `file://${host}${path}`,
      'data:text/plain,x',
      'gopher://127.0.0.1:6379/_INFO',
      'javascript:1',
    ],
    ...[`https:${host}${path}`, `https:/${host}${path}`, `https:///${host}${path}`, `https:\\\\${host}${path}`],
    // user names
    ...[`https://user@${host}${path}`, `https://user:pass@${host}${path}`, `https://@${host}${path}`],
    ...[
      `https://${host}@evil.example${path}`,
      `https://${host}:443@evil.example${path}`,
      `https://${host}%40evil.example${path}`,
    ],
    ...[
      `https://evil.example\\@${host}${path}`,
      `https://${host}\\@evil.example${path}`,
      `https://evil.example#@${host}${path}`,
    ],
    // ports
    ...[
      `https://${host}:443${path}`,
      `https://${host}:8443${path}`,
      `https://${host}:22${path}`,
      `https://${host}:${path}`,
    ],
    ...[`https://${host}:0443${path}`, `https://${host}:65536${path}`],
    // look-alike hosts
    ...[
      `https://evil.example${path}`,
      `https://${host}.evil.example${path}`,
      `https://evil-${host}${path}`,
      `https://evil.${host}${path}`,
    ],
    ...[
      `https://${host}.${path}`,
      `https://${host.toUpperCase()}${path}`,
      `https://${parent}${path}`,
      `https://${label}-${parent}${path}`,
    ],
    ...[
      `https://${host.replaceAll('.', '%2e')}${path}`,
      `https://${host.replace('.', '。')}${path}`,
      `https://${host.replace('a', 'а')}${path}`,
    ],
    ...[
      `https://${host.replace('o', 'ο')}${path}`,
      `https://${host}\u200b${path}`,
      `https://${host}\u00ad${path}`,
      `https://xn--${host}${path}`,
    ],
    ...[`https://ｓ${host.slice(1)}${path}`, `https://${host} .evil.example${path}`, `https://${host}_${path}`],
    // addresses
    ...[
      '127.0.0.1',
      '127.1',
      '0',
      '0.0.0.0',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '[::1]',
      '[::ffff:7f00:1]',
      '169.254.169.254',
    ].map((ip) => `https://${ip}${path}`),
    ...[
      'localhost',
      'localhost.localdomain',
      'metadata.google.internal',
      '127.0.0.1.nip.io',
      '10.0.0.1',
      '192.168.1.1',
    ].map((name) => `https://${name}${path}`),
    // paths
    ...[
      `https://${host}${path}?x=1`,
      `https://${host}${path}#x`,
      `https://${host}${path}/`,
      `https://${host}${path};x`,
      `https://${host}${path}%00`,
    ],
    ...[
      `https://${host}/..${path}`,
      `https://${host}//${path}`,
      `https://${host}/%2e%2e${path}`,
      `https://${host}/redirect?to=https://evil.example${path}`,
    ],
    ...[
      `https://${host}${path.toUpperCase()}`,
      `https://${host}${path}/../../x`,
      `https://${host}`,
      `https://${host}/`,
      `https://${host}${path}\\..\\x`,
    ],
    ...[`https://${host}/open${path}`, `https://${host}${path.replace('/', '/%2F')}`],
    // white space and lengths
    ...[
      ` https://${host}${path}`,
      `https://${host}${path} `,
      `https://${host}${path}\n`,
      `\thttps://${host}${path}`,
      `https://${host}\n${path}`,
    ],
    ...[
      `https://${host}${path}${'a'.repeat(2000)}`,
      `https://${host}/${'../'.repeat(400)}x`,
      '',
      ' ',
      'https://',
      'https',
      'null',
    ],
  ]
}

/** Buckets and regions of the same cloud, which anybody may own. */
const neighbours = [
  `https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-${HEX}.pem`,
  `https://sns.s3.amazonaws.com/SimpleNotificationService-${HEX}.pem`,
  `https://s3.amazonaws.com/SimpleNotificationService-${HEX}.pem`,
  `https://s3-us-west-2.amazonaws.com/sns/SimpleNotificationService-${HEX}.pem`,
  `https://sns.us-west-2.amazonaws.com.s3.amazonaws.com/SimpleNotificationService-${HEX}.pem`,
  `https://sns-us-west-2.s3.amazonaws.com/SimpleNotificationService-${HEX}.pem`,
  `https://sns.us-east-1.amazonaws.com/SimpleNotificationService-${HEX}.pem`,
  `https://sns.us-west-2.amazonaws.com.cn/SimpleNotificationService-${HEX}.pem`,
  `https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-${HEX}.pem`,
  `https://sqs.us-west-2.amazonaws.com/SimpleNotificationService-${HEX}.pem`,
  `https://sns.us-west-2.amazonaws.com/SimpleNotificationService-${HEX.slice(1)}.pem`,
  `https://sns.us-west-2.amazonaws.com/SimpleNotificationService-${HEX}0.pem`,
  `https://sns.us-west-2.amazonaws.com/SimpleNotificationService-${HEX}.pem.txt`,
  `https://sns.us-west-2.amazonaws.com/SimpleNotificationService-${HEX}.crt`,
  `https://sns.us-west-2.amazonaws.com/SimpleNotificationService-../../${HEX}.pem`,
  ...[null, 1, true, [`https://sns.us-west-2.amazonaws.com/x`], { href: 'https://sns.us-west-2.amazonaws.com/x' }],
]

let keys: Authority
let root: Issued
let paypalLeaf: Issued
let snsLeaf: Issued
let own: Issued
let listener: CountingListener
let redirect = false

beforeAll(async () => {
  keys = authority()
  root = keys.issue({ name: 'Test Root', authority: true })
  paypalLeaf = keys.issue({ name: 'messageverificationcerts.paypal.com', by: root })
  snsLeaf = keys.issue({ name: 'sns.amazonaws.com', by: root })
  own = keys.issue({ name: 'localhost' })
  listener = await countingListener(own, (url) => {
    if (redirect) return { status: 302, headers: { location: `https://evil.example/moved${new URL(url).pathname}` } }
    return { body: url.includes('paypal') ? paypalLeaf.certificate : snsLeaf.certificate }
  })
})
afterAll(async () => {
  await listener.close()
  keys.close()
})
beforeEach(() => {
  redirect = false
  listener.reset()
})

async function readAll(chunks: { read(): Promise<{ readonly done: boolean }> } | undefined): Promise<void> {
  while (chunks !== undefined && !(await chunks.read()).done);
}

const right = ({ host, path }: { host: string; path: string }): string => `https://${host}${path}`
const paypalReceiver = () =>
  createReceiver(paypal({ webhookId: '4JH86294D6297924G', roots: [root.certificate], fetch: listener.fetch }), {
    clock,
    logger: false,
  })
const snsReceiver = () => createReceiver(awsSns({ allow: TOPIC, fetch: listener.fetch }), { clock, logger: false })

const vendors = [
  {
    name: 'PayPal',
    place: places.paypal,
    urls: hostile(places.paypal).filter((url): url is string => typeof url === 'string'),
    receiver: paypalReceiver,
    deliver: (certUrl: unknown): WebhookRequest =>
      paypalDelivery({ webhookId: '4JH86294D6297924G', certUrl: String(certUrl), key: paypalLeaf }),
  },
  {
    name: 'SNS',
    place: places.sns,
    urls: [...hostile(places.sns), ...neighbours],
    receiver: snsReceiver,
    deliver: (certUrl: unknown): WebhookRequest => snsDelivery({ topic: TOPIC, certUrl, key: snsLeaf }),
  },
]

describe.each(vendors)('$name certificates', ({ place, urls, receiver, deliver }) => {
  test('no hostile URL is connected to, and the one right URL exactly once', async () => {
    expect(new Set(urls).size).toBe(urls.length)
    expect(urls.length).toBeGreaterThanOrEqual(60)
    const one = receiver()
    for (const url of urls) {
      const reply = await one.receive(deliver(url))
      expect(reply, JSON.stringify(url)).toMatchObject({ status: 401, outcome: 'rejected' })
      await expect(one.verify(deliver(url)), JSON.stringify(url)).rejects.toMatchObject({ code: 'ERR_KEY_UNTRUSTED' })
    }
    expect(listener.counts).toEqual({ fetches: 0, connections: 0, requests: [] })

    await expect(one.verify(deliver(right(place)))).resolves.toMatchObject({ events: [{}] })
    expect(listener.counts).toEqual({ fetches: 1, connections: 1, requests: [right(place)] })
    console.log(`${urls.length} hostile certificate URLs, ${listener.counts.connections} connection for the right one`)
  })

  test('the listener would have counted them: a plain fetch reaches it', async () => {
    const naive = await countingListener(own, () => ({ body: 'hello' }))
    let reached = 0
    for (const url of urls) {
      naive.reset()
      const { signal } = new AbortController()
      await Promise.resolve(url)
        .then((text) => naive.fetch(String(text), { method: 'GET', headers: {}, redirect: 'error', signal }))
        .then((response) => readAll(response.body?.getReader()))
        .catch(() => undefined)
      if (naive.counts.connections > 0) reached += 1
    }
    await naive.close()
    console.log(`${reached} of ${urls.length} reach the listener when nobody checks`)
    expect(reached).toBeGreaterThanOrEqual(60)
  })

  test('a redirect is not followed: one connection, no answer, and the sender is asked to come again', async () => {
    redirect = true
    const reply = await receiver().receive(deliver(right(place)))
    expect(reply).toMatchObject({ status: 503, outcome: 'unavailable' })
    expect(listener.counts).toEqual({ fetches: 1, connections: 1, requests: [right(place)] })
  })
})

describe('SNS subscriptions', () => {
  const subscribeUrls = [
    ...hostile({ host: 'sns.us-west-2.amazonaws.com', path: '/?Action=ConfirmSubscription' }),
    ...neighbours,
  ]

  test('whatever SubscribeURL says, only the host of the topic is called, and only by the explicit helper', async () => {
    expect(subscribeUrls.length).toBeGreaterThanOrEqual(60)
    const certUrl = right(places.sns)
    const one = snsReceiver()
    for (const SubscribeURL of subscribeUrls.filter((url) => typeof url === 'string' && !url.includes('\n'))) {
      const type = 'SubscriptionConfirmation'
      const request = snsDelivery({ topic: TOPIC, certUrl, key: snsLeaf, type, fields: { SubscribeURL } })
      const { events } = await one.verify(request)
      const reply = await one.receive(request)
      expect(reply.status).toBe(200)
      const before = listener.counts.requests.length
      const [event] = events
      if (event === undefined) throw new Error('no event')
      await confirmSubscription(event, { fetch: listener.fetch })
      const query = `Action=ConfirmSubscription&TopicArn=${encodeURIComponent(TOPIC)}&Token=2336412f37fb`
      expect(listener.counts.requests.slice(before)).toEqual([`https://sns.us-west-2.amazonaws.com/?${query}`])
    }
    expect(new Set(listener.counts.requests.map((url) => new URL(url).host))).toEqual(
      new Set(['sns.us-west-2.amazonaws.com']),
    )
  })

  test.each([
    ['another event', { type: 'Notification', payload: { TopicArn: TOPIC, Token: 'abc' } }],
    ['the end of a subscription', { type: 'UnsubscribeConfirmation', payload: { TopicArn: TOPIC, Token: 'abc' } }],
    ['no topic', { type: 'SubscriptionConfirmation', payload: { Token: 'abc' } }],
    [
      'a topic with a host in it',
      { type: 'SubscriptionConfirmation', payload: { TopicArn: 'arn:aws:sns:evil.example/:1:x', Token: 'abc' } },
    ],
    [
      'a token with a query in it',
      { type: 'SubscriptionConfirmation', payload: { TopicArn: TOPIC, Token: 'a&Action=DeleteTopic' } },
    ],
    ['no payload', { type: 'SubscriptionConfirmation', payload: undefined }],
  ])('%s is not confirmed', async (_name, event) => {
    await expect(confirmSubscription(event, { fetch: listener.fetch })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
    expect(listener.counts.connections).toBe(0)
  })

  test('a redirect of the confirmation is a failure', async () => {
    redirect = true
    const event = { type: 'SubscriptionConfirmation', payload: { TopicArn: TOPIC, Token: 'abc' } }
    await expect(confirmSubscription(event, { fetch: listener.fetch })).rejects.toMatchObject({
      code: 'ERR_KEY_LOOKUP',
    })
    expect(listener.counts.connections).toBe(1)
  })
})
