import * as xml from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { createReceiver } from '../../src/index.js'
import { awsSns } from '../../src/providers/aws-sns.js'
import { azureEventGrid } from '../../src/providers/azure-event-grid.js'
import { azureMonitor } from '../../src/providers/azure-monitor.js'
import { paypal } from '../../src/providers/paypal.js'
import { salesforce } from '../../src/providers/salesforce.js'
import { travisCi } from '../../src/providers/travis-ci.js'
import type { Provider, WebhookRequest } from '../../src/types.js'
import { bodyOf, type FixtureRequest, type ProviderFixture, readFixtures } from './fixture.js'
import { oneProof } from './setup/_proofs.js'

// Each of these is genuine: the vendor signed it, for somebody else.

const fixtures = new Map(readFixtures().map((fixture) => [fixture.id, fixture]))

function fixtureOf(id: string): ProviderFixture {
  const fixture = fixtures.get(id)
  if (fixture === undefined) throw new Error(`no fixture ${id}`)
  return fixture
}

interface Foreign {
  readonly name: string
  readonly id: string
  /** The owner accepts it … */
  readonly owner: (options: never) => Provider
  /** … and we, who are somebody else to the vendor, do not. */
  readonly we: (options: never) => Provider
  readonly code: string
}

/** Fetching would already be a mistake. */
const noFetch = (): never => {
  throw new Error('fetched for a stranger')
}
interface Sns {
  allow: string[]
  publicKey: string
}
interface PayPal {
  webhookId: string
  publicKey: string
}
interface Travis {
  allow: string[]
  publicKey: string
}

const cases: readonly Foreign[] = [
  {
    name: 'SNS: another topic of the same account',
    id: 'aws-sns',
    owner: (options: Sns) => awsSns(options),
    we: ({ allow }: Sns) => awsSns({ allow: allow.map((arn) => `${arn}-ours`), fetch: noFetch }),
    code: 'ERR_SENDER_NOT_ALLOWED',
  },
  {
    name: 'SNS: the same topic name in another account',
    id: 'aws-sns',
    owner: (options: Sns) => awsSns(options),
    we: ({ allow }: Sns) =>
      awsSns({ allow: allow.map((arn) => arn.replace(/\d{12}/, '999999999999')), fetch: noFetch }),
    code: 'ERR_SENDER_NOT_ALLOWED',
  },
  {
    name: 'SNS: the same topic name in another region',
    id: 'aws-sns',
    owner: (options: Sns) => awsSns(options),
    we: ({ allow }: Sns) =>
      awsSns({ allow: allow.map((arn) => arn.replace(/us-(?:west|east)-2/, 'eu-west-1')), fetch: noFetch }),
    code: 'ERR_SENDER_NOT_ALLOWED',
  },
  {
    name: 'PayPal: the webhook of another merchant',
    id: 'paypal',
    owner: (options: PayPal) => paypal(options),
    we: ({ publicKey }: PayPal) => paypal({ publicKey, webhookId: '5WC64761VS637831A' }),
    code: 'ERR_SIGNATURE_MISMATCH',
  },
  {
    name: 'Travis CI: the repository of another customer',
    id: 'travis-ci',
    owner: (options: Travis) => travisCi(options),
    we: () => travisCi({ allow: ['acme/web', 'umbrella/api'], fetch: noFetch }),
    code: 'ERR_SENDER_NOT_ALLOWED',
  },
  {
    name: 'Salesforce: another organization',
    id: 'salesforce',
    owner: (options: { token: string; allow: string }) => salesforce({ ...options, xml }),
    we: ({ token }: { token: string }) => salesforce({ token, xml, allow: '00D000000000062' }),
    code: 'ERR_SENDER_NOT_ALLOWED',
  },
  ...['azure-event-grid', 'azure-monitor'].flatMap((id): readonly Foreign[] => {
    const make = id === 'azure-monitor' ? azureMonitor : azureEventGrid
    const withEntra = (options: object, entra: object): Provider =>
      make(oneProof({ ...options, proof: 'entra', entra: { ...(options as { entra: object }).entra, ...entra } }))
    return [
      {
        name: `${id}: the token of another directory`,
        id,
        owner: (options: object) => withEntra(options, {}),
        we: (options: object) => withEntra(options, { tenantId: '11111111-1111-4111-8111-111111111111' }),
        code: 'ERR_SENDER_NOT_ALLOWED',
      },
      {
        name: `${id}: a token for another application of ours`,
        id,
        owner: (options: object) => withEntra(options, {}),
        we: (options: object) => withEntra(options, { audience: 'api://another' }),
        code: 'ERR_SENDER_NOT_ALLOWED',
      },
    ]
  }),
]

function requestOf(given: FixtureRequest): WebhookRequest {
  const { method = 'POST', url = '/', headers } = given
  return { method, url, headers, body: bodyOf(given) }
}

describe('Genuine, but meant for somebody else', () => {
  test.each(cases)('$name', async ({ id, owner, we, code }) => {
    const fixture = fixtureOf(id)
    const isEntra = id.startsWith('azure')
    const genuine = fixture.requests.filter(
      ({ expect, options }) => expect.events !== undefined && (!isEntra || options?.proof === 'entra'),
    )
    expect(genuine.length).toBeGreaterThan(0)
    for (const one of genuine) {
      const options = { ...fixture.options, ...one.options } as never // as the fixture's own test passes them
      const settings = { clock: () => 1000 * (one.now ?? 1_700_000_000), logger: false } as const
      const request = requestOf(one)
      await expect(createReceiver(owner(options), settings).verify(request)).resolves.toBeDefined()
      const receiver = createReceiver(we(options), settings)
      let handled = 0
      receiver.onAny(() => {
        handled += 1
      })
      await expect(receiver.verify(request)).rejects.toMatchObject({ code, status: 401 })
      expect(await receiver.receive(request)).toMatchObject({ status: 401, outcome: 'rejected' })
      expect(handled).toBe(0)
    }
  })

  test.each([
    ['SNS', () => awsSns({ allow: [] })],
    ['SNS', () => awsSns({ allow: 'orders' })],
    ['SNS', () => awsSns({ allow: '*' })],
    ['Travis CI', () => travisCi({ allow: [] })],
    ['Salesforce', () => salesforce({ xml, token: 'a3f8c1d27b9e4056', allow: 'acme' })],
    ['PayPal', () => paypal({ webhookId: '' })],
    ['PayPal', () => paypal({ webhookId: 'WEBHOOK_ID' })],
    ['Event Grid', () => azureEventGrid({ entra: { tenantId: 'common', audience: 'x' } })],
    ['Event Grid', () => azureEventGrid({ entra: { tenantId: '11111111-1111-4111-8111-111111111111', audience: [] } })],
  ])('%s: a set-up that lets everybody in is refused', (_name, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
  })
})
