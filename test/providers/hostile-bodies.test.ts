import { describe, expect, test } from 'vitest'
import { none } from '../../src/schemes/none.js'
import type { Provider } from '../../src/types.js'
import { readFixtures } from './fixture.js'
import { providerOf } from './harness.js'
import { vendorBench } from './vendor-bench.js'

/** The provider as it is behind its signature: what a genuine sender, or one that stole the key, could make of it. */
async function behindSignature(id: string): Promise<Provider> {
  const fixture = readFixtures().find((one) => one.id === id)
  const provider = await providerOf(fixture!)
  return { ...provider, scheme: none() }
}

const ids = [
  'gitlab',
  'shopify',
  'discord',
  'trello',
  'dropbox',
  'meta',
  'circleci',
  'hubspot',
  'zendesk',
  'hookdeck',
  'bitbucket',
  'pusher',
]
const forms = ['twilio', 'mandrill', 'mailchimp']
const headers = {
  'idempotency-key': 'i',
  'x-shopify-webhook-id': 'i',
  'x-shopify-topic': 't',
  'x-hookdeck-eventid': 'i',
  'x-request-uuid': 'i',
  'x-event-key': 'repo:fork',
  'x-zendesk-webhook-invocation-id': 'i',
}
const deep = (open: string, close: string): string => open.repeat(100_000) + close.repeat(100_000)

const bodies: readonly [string, string][] = [
  ['100,000 lists', deep('[', ']')],
  ['100,000 objects', deep('{"a":', '}').replace(/:\}/, ':1}')],
  ['100,000 lists in a field', `{"entry":${deep('[', ']')},"events":${deep('[', ']')}}`],
  ['100,000 objects in a batch', `[${deep('{"a":', '}').replace(/:\}/, ':1}')}]`],
  ['a key that changes prototypes', '{"__proto__":{"admin":true},"id":"1"}'],
  ['such a key, escaped', '{"\\u005f_proto__":{"admin":true},"id":"1"}'],
  ['null', 'null'],
  ['a number', '1e999'],
  ['a string', '"x"'],
  ['half of an object', '{"id":'],
  ['a byte order mark', '\uFEFF{"id":"1"}'],
  ['nothing', ''],
  [
    'wrong types everywhere',
    '{"entry":[1,null,{"changes":[null],"messaging":[7]}],"events":[null,1],"action":[],"event":7,"object_attributes":null}',
  ],
  ['ids that are no ids', '{"id":{"$gt":""},"action":{"id":1e400},"model":{"id":[]}}'],
]

/** As the vendor sends it; only what would end the field is escaped, so that it stays below the limit. */
function formed(id: string, body: string): string {
  const field = { mandrill: 'mandrill_events', mailchimp: 'data' }[id]
  return field === undefined ? body : `${field}=${body.replace(/[%&+]/g, encodeURIComponent)}`
}

describe.each([...ids, ...forms])('%s', (id) => {
  test.each(bodies)('answers and does not break: %s', async (_what, body) => {
    const bench = vendorBench(await behindSignature(id))
    const text = formed(id, body)
    const reply = await bench.receive({ headers, body: text })
    // Of several events those without an id count as failed.
    const failed = bench.codes.includes('ERR_EVENT_ID_MISSING') ? [500] : []
    expect([200, 204, 400, ...failed]).toContain(reply.status)
    expect(bench.codes).not.toContain('ERR_INTERNAL')
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})

test.each([
  [
    'hubspot',
    (n: number) =>
      JSON.stringify(
        Array.from({ length: n }, (_, eventId) => ({
          eventId,
          subscriptionId: 1,
          portalId: 1,
          occurredAt: 1,
          objectId: 1,
        })),
      ),
  ],
  [
    'mandrill',
    (n: number) =>
      `mandrill_events=${encodeURIComponent(JSON.stringify(Array.from({ length: n }, (_, index) => ({ event: 'open', _id: `m${index}`, ts: 1 }))))}`,
  ],
  [
    'meta',
    (n: number) =>
      JSON.stringify({
        object: 'page',
        entry: Array.from({ length: n }, (_, index) => ({ id: 'P', messaging: [{ message: { mid: `m${index}` } }] })),
      }),
  ],
  [
    'pusher',
    (n: number) => JSON.stringify({ time_ms: 1, events: Array.from({ length: n }, () => ({ name: 'member_added' })) }),
  ],
] as const)(
  '%s: 5,000 events of one request run once each',
  async (id, bodyOf) => {
    const provider = await behindSignature(id)
    const verified = { coverage: 'full', signed: ['x'], timestamp: 1 } as const
    const bench = vendorBench({ ...provider, scheme: { ...none(), verify: () => verified } })
    for (const outcome of ['handled', 'duplicate']) {
      expect(await bench.receive({ body: bodyOf(5000) })).toMatchObject({ status: 200, outcome })
    }
    expect(bench.events).toHaveLength(5000)
  },
  60_000,
)
