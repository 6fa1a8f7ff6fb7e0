import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { hubspot } from '../../src/providers/hubspot.js'
import { NOW, vendorBench } from './vendor-bench.js'

const secret = '81ee2ea7-5fd9-46b8-bb4d-8a8c9f3c4fd4'
const publicUrl = 'https://www.example.com/hooks'

function v3(payload: unknown, { at = NOW, url = publicUrl } = {}) {
  const body = JSON.stringify(payload)
  const value = createHmac('sha256', secret).update(`POST${url}${body}${at}`).digest('base64')
  return { body, headers: { 'x-hubspot-signature-v3': value, 'x-hubspot-request-timestamp': String(at) } }
}
const change = (over: object = {}) => ({
  eventId: 1,
  subscriptionId: 2,
  portalId: 3,
  occurredAt: 4,
  subscriptionType: 'contact.creation',
  attemptNumber: 0,
  objectId: 5,
  ...over,
})

test('100 events of one request are 100 events; a retry, signed anew, is none', async () => {
  const bench = vendorBench(hubspot({ secret, publicUrl }))
  const batch = (attemptNumber: number) =>
    Array.from({ length: 100 }, (_, eventId) => change({ eventId, attemptNumber }))
  await bench.receive(v3(batch(0)))
  expect(await bench.receive(v3(batch(1), { at: NOW + 1 }))).toMatchObject({ status: 200, outcome: 'duplicate' })
  expect(bench.events).toHaveLength(100)
})

test.each([{ eventId: 9 }, { subscriptionId: 9 }, { portalId: 9 }, { occurredAt: 9 }, { objectId: 9 }])(
  'what differs in %j is another event',
  async (over) => {
    const bench = vendorBench(hubspot({ secret, publicUrl }))
    await bench.receive(v3([change(), change(over)]))
    expect(bench.events).toHaveLength(2)
  },
)

test.each([{ fromObjectId: 9 }, { toObjectId: 9 }, { associationTypeId: 9 }])(
  'an association that differs in %j is another event',
  async (over) => {
    const bench = vendorBench(hubspot({ secret, publicUrl }))
    const association = { objectId: undefined, fromObjectId: 1, toObjectId: 2, associationTypeId: 3 }
    await bench.receive(v3([change(association), change({ ...association, ...over })]))
    expect(bench.events).toHaveLength(2)
  },
)

test('tells which attempt it is', async () => {
  const bench = vendorBench(hubspot({ secret, publicUrl }))
  await bench.receive(v3([change({ attemptNumber: 3 })]))
  expect(bench.events[0]).toMatchObject({ type: 'contact.creation', timestamp: 4, retry: { number: 3 } })
})

test('a workflow without an id of its own is known by what was signed', async () => {
  const bench = vendorBench(hubspot({ secret, publicUrl }))
  for (const at of [NOW, NOW, NOW + 1]) await bench.receive(v3({ vid: 7 }, { at }))
  expect(bench.events.map(({ type }) => type)).toEqual(['workflow', 'workflow'])
})

test.each(['https://www.example.com/hooks?q=a/b:c', 'https://www.example.com/hooks?q=a%2Fb%3Ac'])(
  'the URL may have been signed as %s',
  async (url) => {
    const bench = vendorBench(hubspot({ secret, publicUrl: 'https://www.example.com' }))
    expect(await bench.receive({ ...v3([change()], { url }), url: '/hooks?q=a%2Fb%3Ac' })).toMatchObject({
      outcome: 'handled',
    })
  },
)

const plain = (text: string): string =>
  createHash('sha256')
    .update(secret + text)
    .digest('hex')
const old = (value: string) => ({
  body: JSON.stringify([change()]),
  headers: { 'x-hubspot-signature': value, 'x-hubspot-signature-version': 'v1' },
})

test('an older version counts only where it was chosen', async () => {
  const body = JSON.stringify([change()])
  const [v1, v2] = [old(plain(body)), old(plain(`POST${publicUrl}${body}`))]
  const outcomes = async (version?: 'v1' | 'v2' | 'v3') => {
    const results: string[] = []
    for (const request of [v1, v2, v3([change()])]) {
      results.push((await vendorBench(hubspot({ secret, publicUrl, version })).receive(request)).outcome)
    }
    return results
  }
  expect(await outcomes()).toEqual(['rejected', 'rejected', 'handled'])
  expect(await outcomes('v3')).toEqual(['rejected', 'rejected', 'handled'])
  expect(await outcomes('v2')).toEqual(['rejected', 'handled', 'rejected'])
  expect(await outcomes('v1')).toEqual(['handled', 'rejected', 'rejected'])
})

test('v3 is asked for whatever else the request carries', async () => {
  const bench = vendorBench(hubspot({ secret, publicUrl }))
  const body = JSON.stringify([change()])
  const genuine = v3([change()])
  const headers = {
    ...old(plain(body)).headers,
    ...genuine.headers,
    'x-hubspot-signature-v3': `${'A'.repeat(43)}=`,
  }
  expect(await bench.receive({ body, headers })).toMatchObject({ status: 401 })
})

test.each([[{ secret }], [{ secret, version: 'v2' as const }], [{ secret, publicUrl, version: 'v4' as 'v3' }]])(
  'refuses %j',
  (options) => {
    expect(() => hubspot(options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
  },
)
test('v1 does without a URL', () => {
  expect(hubspot({ secret, version: 'v1' }).id).toBe('hubspot')
})
