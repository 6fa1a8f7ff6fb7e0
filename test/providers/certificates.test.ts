import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.js'
import { createReceiver } from '../../src/index.js'
import { awsSns } from '../../src/providers/aws-sns.js'
import { paypal } from '../../src/providers/paypal.js'
import { travisCi } from '../../src/providers/travis-ci.js'
import type { Fetch } from '../../src/schemes/x509.js'
import { type Authority, authority, freshKey, type Issued, type Wish } from '../support/authority.js'
import { paypalDelivery, snsDelivery } from '../support/senders.js'
import { readFixtures } from './fixture.js'

const NOW = Date.parse('2026-05-18T15:46:00Z')
const WEBHOOK = '4JH86294D6297924G'
const CERT = 'https://api.paypal.com/v1/notifications/certs/CERT-1'
const TOPIC = 'arn:aws:sns:us-west-2:123456789012:orders'
const PEM = 'https://sns.us-west-2.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem'
const PAYPAL_NAME = 'messageverificationcerts.paypal.com'

let keys: Authority
let made: Record<'root' | 'middle' | 'renewedMiddle' | 'otherRoot' | 'notAuthority' | 'anyUse' | 'oldMiddle', Issued>

beforeAll(() => {
  keys = authority()
  const root = keys.issue({ name: 'Test Root', authority: true })
  const oldMiddle = keys.issue({ name: 'Old Intermediate', authority: true, by: root, to: '20250101000000Z' })
  made = {
    root,
    renewedMiddle: keys.issue({ name: 'Old Intermediate', authority: true, by: root, keyOf: oldMiddle }),
    middle: keys.issue({ name: 'Test Intermediate', authority: true, by: root }),
    oldMiddle,
    otherRoot: keys.issue({ name: 'Test Root', authority: true }),
    notAuthority: keys.issue({ name: PAYPAL_NAME, by: root }),
    anyUse: keys.issue({ name: 'Any Use', by: root, anyUse: true }),
  }
})
afterAll(() => keys.close())

/** Serves one file under every URL, and counts. */
function serving(file: string | (() => Response), counts = { fetches: 0 }): Fetch {
  return async () => {
    counts.fetches += 1
    return typeof file === 'function' ? file() : new Response(file)
  }
}

interface Given {
  readonly now?: number | undefined
  /** @default the test's root */
  readonly roots?: readonly string[] | 'of the runtime' | undefined
}

async function paypalVerdict(key: Issued, file: string, given: Given = {}): Promise<ErrorCode | 'genuine'> {
  const { now = NOW, roots = [made.root.certificate] } = given
  const trusted = roots === 'of the runtime' ? {} : { roots }
  const provider = paypal({ webhookId: WEBHOOK, fetch: serving(file), ...trusted })
  const receiver = createReceiver(provider, { clock: () => now, logger: false })
  return receiver.verify(paypalDelivery({ webhookId: WEBHOOK, certUrl: CERT, key })).then(
    () => 'genuine' as const,
    (error: { code: ErrorCode }) => error.code,
  )
}

interface Case {
  readonly name: string
  readonly leaf: () => Wish
  readonly file?: (leaf: Issued) => string
  readonly roots?: () => readonly string[] | 'of the runtime'
  readonly now?: number
  readonly expected: ErrorCode | 'genuine'
}

const leafOf = (more: Partial<Wish> = {}): Wish => ({ name: PAYPAL_NAME, by: made.middle, ...more })
const withMiddle = (leaf: Issued): string => leaf.certificate + made.middle.certificate
const ec = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']

const cases: readonly Case[] = [
  { name: 'a chain over an intermediate', leaf: leafOf, expected: 'genuine' },
  {
    name: 'a chain with the root in the file',
    leaf: leafOf,
    file: (leaf) => withMiddle(leaf) + made.root.certificate,
    expected: 'genuine',
  },
  {
    name: 'a chain in another order',
    leaf: leafOf,
    file: (leaf) => leaf.certificate + made.root.certificate + made.middle.certificate,
    expected: 'genuine',
  },
  {
    name: 'an intermediate among the roots',
    leaf: leafOf,
    file: (leaf) => leaf.certificate,
    roots: () => [made.middle.certificate],
    expected: 'genuine',
  },
  { name: 'a certificate straight from the root', leaf: () => leafOf({ by: made.root }), expected: 'genuine' },
  {
    name: 'one of several names',
    leaf: () => leafOf({ name: 'x.example', dns: ['x.example', PAYPAL_NAME] }),
    expected: 'genuine',
  },
  {
    name: 'an expired intermediate before the one that replaced it',
    leaf: () => leafOf({ by: made.oldMiddle }),
    file: (leaf) => leaf.certificate + made.oldMiddle.certificate + made.renewedMiddle.certificate,
    expected: 'genuine',
  },
  { name: 'expired', leaf: () => leafOf({ to: '20260101000000Z' }), expected: 'ERR_KEY_UNTRUSTED' },
  { name: 'expired a second ago', leaf: () => leafOf({ to: '20260518154559Z' }), expected: 'ERR_KEY_UNTRUSTED' },
  { name: 'not yet valid', leaf: () => leafOf({ from: '20270101000000Z' }), expected: 'ERR_KEY_UNTRUSTED' },
  {
    name: 'an expired intermediate',
    leaf: () => leafOf({ by: made.oldMiddle }),
    file: (leaf) => leaf.certificate + made.oldMiddle.certificate,
    expected: 'ERR_KEY_UNTRUSTED',
  },
  { name: 'another name', leaf: () => leafOf({ name: 'www.example.com' }), expected: 'ERR_KEY_UNTRUSTED' },
  {
    name: 'a name that only ends alike',
    leaf: () => leafOf({ name: 'evilpaypal.com' }),
    expected: 'ERR_KEY_UNTRUSTED',
  },
  {
    name: 'the name with something behind it',
    leaf: () => leafOf({ name: 'api.paypal.com.evil.example' }),
    expected: 'ERR_KEY_UNTRUSTED',
  },
  { name: 'the bare domain', leaf: () => leafOf({ name: 'paypal.com' }), expected: 'ERR_KEY_UNTRUSTED' },
  { name: 'a wildcard', leaf: () => leafOf({ name: '*.paypal.com' }), expected: 'ERR_KEY_UNTRUSTED' },
  {
    name: 'the right common name beside other DNS names',
    leaf: () => leafOf({ dns: ['www.example.com'] }),
    expected: 'ERR_KEY_UNTRUSTED',
  },
  { name: 'self-signed', leaf: () => ({ name: PAYPAL_NAME }), expected: 'ERR_KEY_UNTRUSTED' },
  {
    name: 'self-signed, with the real root behind it',
    leaf: () => ({ name: PAYPAL_NAME }),
    file: (leaf) => leaf.certificate + made.root.certificate,
    expected: 'ERR_KEY_UNTRUSTED',
  },
  { name: 'a missing intermediate', leaf: leafOf, file: (leaf) => leaf.certificate, expected: 'ERR_KEY_UNTRUSTED' },
  {
    name: 'another authority of the same name',
    leaf: () => leafOf({ by: made.otherRoot }),
    file: (leaf) => leaf.certificate + made.otherRoot.certificate,
    expected: 'ERR_KEY_UNTRUSTED',
  },
  {
    name: 'an issuer that is no authority, and may be used for anything',
    leaf: () => leafOf({ by: made.anyUse }),
    file: (leaf) => leaf.certificate + made.anyUse.certificate,
    expected: 'ERR_KEY_UNTRUSTED',
  },
  {
    name: 'an issuer that is no authority',
    leaf: () => leafOf({ by: made.notAuthority }),
    file: (leaf) => leaf.certificate + made.notAuthority.certificate,
    expected: 'ERR_KEY_UNTRUSTED',
  },
  { name: "the runtime's own authorities", leaf: leafOf, roots: () => 'of the runtime', expected: 'ERR_KEY_UNTRUSTED' },
  {
    name: 'the certificate behind another one',
    leaf: leafOf,
    file: (leaf) => made.middle.certificate + leaf.certificate,
    expected: 'ERR_KEY_UNTRUSTED',
  },
  {
    name: 'text around the certificate',
    leaf: leafOf,
    file: (leaf) => `<xml>${withMiddle(leaf)}</xml>`,
    expected: 'ERR_KEY_UNTRUSTED',
  },
  { name: 'no certificate', leaf: leafOf, file: () => 'hello', expected: 'ERR_KEY_UNTRUSTED' },
  {
    name: 'a broken certificate',
    leaf: leafOf,
    file: (leaf) => withMiddle(leaf).replace('MII', 'MIA'),
    expected: 'ERR_KEY_UNTRUSTED',
  },
  {
    name: 'nine certificates',
    leaf: leafOf,
    file: (leaf) => leaf.certificate + made.middle.certificate.repeat(8),
    expected: 'ERR_KEY_UNTRUSTED',
  },
  { name: 'a key on a curve', leaf: () => leafOf({ algorithm: ec }), expected: 'ERR_SIGNATURE_MISMATCH' },
  {
    name: 'an RSA key of 1,024 bits',
    leaf: () => leafOf({ algorithm: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'] }),
    expected: 'ERR_SIGNATURE_MISMATCH',
  },
  {
    name: 'in force then, and expired now',
    leaf: () => leafOf({ to: '20270101000000Z' }),
    now: Date.parse('2027-02-01T00:00:00Z'),
    expected: 'ERR_KEY_UNTRUSTED',
  },
]

describe('Certificate chains of an authority made for this run', () => {
  test.each(cases)('$name: $expected', async ({ leaf, file = withMiddle, roots, now, expected }) => {
    const key = keys.issue(leaf())
    expect(await paypalVerdict(key, file(key), { now, roots: roots?.() })).toBe(expected)
  })

  test('the right certificate for the wrong key does not verify', async () => {
    const [one, two] = [keys.issue(leafOf()), keys.issue(leafOf({ algorithm: freshKey }))]
    expect(await paypalVerdict(one, withMiddle(two))).toBe('ERR_SIGNATURE_MISMATCH')
  })

  test.each([
    ['', []],
    ['no PEM', ['hello']],
    ['one broken', ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']],
  ])('roots that are no certificates are refused when the provider is made: %s', (_name, roots) => {
    expect(() => paypal({ webhookId: WEBHOOK, roots })).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
  })
})

describe('SNS, which serves its certificate alone', () => {
  const verdict = (key: Issued, roots?: string[], topic = TOPIC, now = NOW): Promise<string> => {
    const [, , , region] = topic.split(':')
    const certUrl = PEM.replace('us-west-2', region ?? '').replace(
      '.com/',
      topic.startsWith('arn:aws-cn') ? '.com.cn/' : '.com/',
    )
    const provider = awsSns({
      allow: topic,
      fetch: serving(key.certificate),
      ...(roots === undefined ? {} : { roots }),
    })
    const receiver = createReceiver(provider, { clock: () => now, logger: false })
    return receiver.verify(snsDelivery({ topic, certUrl, key })).then(
      () => 'genuine',
      (error: { code: string }) => error.code,
    )
  }
  const inRegion = (region: string, partition = 'aws'): string => `arn:${partition}:sns:${region}:123456789012:orders`

  test.each([
    ['sns.amazonaws.com', TOPIC, 'genuine'],
    ['sns-signing.af-south-1.amazonaws.com', inRegion('af-south-1'), 'genuine'],
    ['sns-cn-north-1.amazonaws.com.cn', inRegion('cn-north-1', 'aws-cn'), 'genuine'],
    ['sns-us-gov-west-1.amazonaws.com', inRegion('us-gov-east-1', 'aws-us-gov'), 'genuine'],
    ['sns-signing.eu-south-1.amazonaws.com', inRegion('af-south-1'), 'ERR_KEY_UNTRUSTED'],
    ['sns.amazonaws.com.evil.example', TOPIC, 'ERR_KEY_UNTRUSTED'],
    ['sqs.amazonaws.com', TOPIC, 'ERR_KEY_UNTRUSTED'],
  ])('a certificate for %s and the topic %s: %s', async (name, topic, expected) => {
    expect(await verdict(keys.issue({ name }), undefined, topic)).toBe(expected)
  })

  test('its validity counts without a chain too', async () => {
    expect(await verdict(keys.issue({ name: 'sns.amazonaws.com', to: '20260518154500Z' }))).toBe('ERR_KEY_UNTRUSTED')
    expect(await verdict(keys.issue({ name: 'sns.amazonaws.com', from: '20260518154700Z' }))).toBe('ERR_KEY_UNTRUSTED')
  })

  test('with roots the chain must lead to them', async () => {
    const good = keys.issue({ name: 'sns.amazonaws.com', by: made.middle })
    expect(await verdict(good, [made.middle.certificate])).toBe('genuine')
    expect(await verdict(good, [made.root.certificate])).toBe('ERR_KEY_UNTRUSTED')
    expect(await verdict(keys.issue({ name: 'sns.amazonaws.com' }), [made.root.certificate])).toBe('ERR_KEY_UNTRUSTED')
  })

  test("AWS's own certificate of 2026 verifies AWS's own messages, fetched from the URL that they name", async () => {
    const [fixture] = readFixtures().filter(({ id }) => id === 'aws-sns')
    if (fixture === undefined) throw new Error('no fixture')
    const genuine = fixture.requests.filter(
      ({ options, expect }) => options === undefined && expect.events !== undefined,
    )
    expect(genuine).toHaveLength(5)
    const { allow, publicKey } = fixture.options as { allow: string[]; publicKey: string }
    expect(new X509Certificate(publicKey).subject).toBe('CN=sns.amazonaws.com')
    const asked: string[] = []
    const fetch: Fetch = async (url) => {
      asked.push(url)
      return new Response(publicKey)
    }
    for (const { headers, body = '', now = 0 } of genuine) {
      const clock = (offset: number) =>
        createReceiver(awsSns({ allow, fetch }), {
          clock: () => 1000 * now + offset,
          logger: false,
          toleranceSeconds: Number.POSITIVE_INFINITY,
        })
      const request = { method: 'POST', url: '/', headers, body }
      await expect(clock(0).verify(request)).resolves.toBeDefined()
      await expect(clock(365 * 24 * 3600_000).verify(request)).rejects.toMatchObject({ code: 'ERR_KEY_UNTRUSTED' })
    }
    expect(new Set(asked)).toEqual(
      new Set(['https://sns.us-west-2.amazonaws.com/SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem']),
    )
  })
})

describe('What is fetched', () => {
  const receiverWith = (fetch: Fetch, clock = () => NOW) =>
    createReceiver(paypal({ webhookId: WEBHOOK, roots: [made.root.certificate], fetch }), { clock, logger: false })
  const delivery = (key: Issued, certUrl = CERT) => paypalDelivery({ webhookId: WEBHOOK, certUrl, key })

  test('a certificate that is known is not trusted beyond its end', async () => {
    const key = keys.issue(leafOf({ to: '20260518164600Z' }))
    let now = NOW
    const counts = { fetches: 0 }
    const receiver = receiverWith(serving(withMiddle(key), counts), () => now)
    await expect(receiver.verify(delivery(key))).resolves.toBeDefined()
    now += 3600_000
    await expect(receiver.verify(delivery(key))).resolves.toBeDefined()
    now += 1000
    await expect(receiver.verify(delivery(key))).rejects.toMatchObject({ code: 'ERR_KEY_UNTRUSTED' })
    expect(counts.fetches).toBe(1)
  })

  test('fifty deliveries at once fetch a certificate once, and later ones not at all', async () => {
    const key = keys.issue(leafOf())
    const counts = { fetches: 0 }
    const receiver = receiverWith(serving(withMiddle(key), counts))
    await Promise.all(Array.from({ length: 50 }, () => receiver.verify(delivery(key))))
    await receiver.verify(delivery(key))
    expect(counts.fetches).toBe(1)
  })

  test('strangers cannot make it fetch more than eight at once, nor push out the certificate that is known', async () => {
    const key = keys.issue(leafOf())
    let open = 0
    let most = 0
    let fetches = 0
    const fetch: Fetch = async (url) => {
      fetches += 1
      if (url === CERT) return new Response(withMiddle(key))
      open += 1
      most = Math.max(most, open)
      await new Promise((resolve) => setImmediate(resolve))
      open -= 1
      return new Response('', { status: 404 })
    }
    const receiver = receiverWith(fetch)
    await receiver.verify(delivery(key))
    const forged = Array.from({ length: 400 }, (_, i) => receiver.receive(delivery(key, `${CERT}-${i}`)))
    const statuses = (await Promise.all(forged)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([503]))
    expect(most).toBeLessThanOrEqual(8)
    const before = fetches
    await expect(receiver.verify(delivery(key))).resolves.toBeDefined()
    expect(fetches).toBe(before)
  })

  test('a failure is not tried again for ten seconds, and then it is', async () => {
    const key = keys.issue(leafOf())
    let fetches = 0
    let now = NOW
    const fetch: Fetch = async () => {
      fetches += 1
      return fetches === 1 ? new Response('', { status: 500 }) : new Response(withMiddle(key))
    }
    const receiver = receiverWith(fetch, () => now)
    for (let i = 0; i < 5; i++) expect((await receiver.receive(delivery(key))).status).toBe(503)
    expect(fetches).toBe(1)
    now += 10_001
    expect((await receiver.receive(delivery(key))).status).toBe(200)
    expect(fetches).toBe(2)
  })

  test.each([
    ['more than 16 kB', () => new Response('x'.repeat(16_385))],
    ['an answer that is no 200', () => new Response('', { status: 206 })],
    [
      'nothing',
      () => {
        throw new TypeError('fetch failed')
      },
    ],
  ])('%s is a failure of ours to look up, not of the sender: 503', async (_name, answer) => {
    const key = keys.issue(leafOf())
    const receiver = receiverWith(serving(answer))
    await expect(receiver.verify(delivery(key))).rejects.toMatchObject({ code: 'ERR_KEY_LOOKUP', status: 503 })
  })

  test('what it fetched is cut off after 16 kB, whatever follows', async () => {
    const key = keys.issue(leafOf())
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller): void {
        sent += 4096
        controller.enqueue(new Uint8Array(4096))
      },
    })
    const receiver = receiverWith(async () => new Response(endless))
    await expect(receiver.verify(delivery(key))).rejects.toMatchObject({ code: 'ERR_KEY_LOOKUP' })
    expect(sent).toBeLessThanOrEqual(16_384 + 3 * 4096)
  })
})

describe('A key that its owner publishes', () => {
  const travis = async (fetch: Fetch, now: () => number, key: Issued, repository = 'acme/api') => {
    const { createSign } = await import('node:crypto')
    const [owner_name, name] = repository.split('/')
    const text = JSON.stringify({ id: 1, type: 'push', state: 'passed', repository: { owner_name, name } })
    const receiver = createReceiver(travisCi({ allow: 'acme/api', fetch }), { clock: now, logger: false })
    const request = {
      method: 'POST',
      url: '/travis',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        signature: createSign('sha1').update(text).sign(key.key, 'base64'),
      },
      body: new URLSearchParams({ payload: text }).toString(),
    }
    return { receiver, request }
  }
  const config = (public_key: string): Response =>
    Response.json({ config: { notifications: { webhook: { public_key } } } })
  const publicKey = ({ certificate }: Issued): string =>
    new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }).toString()

  test('is fetched from the configured URL, and again where it was replaced, at most once a minute', async () => {
    const [first, second] = [keys.issue({ name: 'one' }), keys.issue({ name: 'two', algorithm: freshKey })]
    let current = first
    let now = NOW
    const urls: string[] = []
    const fetch: Fetch = async (url) => {
      urls.push(url)
      return config(publicKey(current))
    }
    const { receiver, request } = await travis(fetch, () => now, first)
    await expect(receiver.verify(request)).resolves.toBeDefined()
    expect(urls).toEqual(['https://api.travis-ci.com/config'])
    const { request: later } = await travis(fetch, () => now, second)
    current = second
    await expect(receiver.verify(later)).rejects.toMatchObject({ code: 'ERR_SIGNATURE_MISMATCH' })
    expect(urls).toHaveLength(1)
    now += 60_001
    await expect(receiver.verify(later)).resolves.toBeDefined()
    for (let i = 0; i < 20; i++)
      await expect(receiver.verify(request)).rejects.toMatchObject({ code: 'ERR_SIGNATURE_MISMATCH' })
    expect(urls).toHaveLength(2)
  })

  test.each([
    ['no JSON', () => new Response('hello')],
    ['no key in it', () => Response.json({ config: {} })],
    ['a key that is none', () => config('hello')],
  ])('%s: 503', async (_name, answer) => {
    const key = keys.issue({ name: 'one' })
    const { receiver, request } = await travis(serving(answer), () => NOW, key)
    await expect(receiver.verify(request)).rejects.toMatchObject({ code: 'ERR_KEY_LOOKUP' })
  })

  test.each([
    'http://api.travis-ci.com/config',
    'https://user@api.travis-ci.com/config',
    'https://api.travis-ci.com:8443/config',
    'https://127.0.0.1/config?x',
    'config',
    '',
  ])('the URL %j is refused when the provider is made', (configUrl) => {
    expect(() => travisCi({ allow: 'acme/api', configUrl })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})
