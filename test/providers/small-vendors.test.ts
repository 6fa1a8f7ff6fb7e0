import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { awsEventbridge } from '../../src/providers/aws-eventbridge.js'
import { azureDevops } from '../../src/providers/azure-devops.js'
import { azureMonitor } from '../../src/providers/azure-monitor.js'
import { bitbucket } from '../../src/providers/bitbucket.js'
import { circleci } from '../../src/providers/circleci.js'
import { dropbox } from '../../src/providers/dropbox.js'
import { hookdeck } from '../../src/providers/hookdeck.js'
import { jenkins } from '../../src/providers/jenkins.js'
import { trello } from '../../src/providers/trello.js'
import { vendorBench } from './vendor-bench.js'

const secret = 'a-secret-of-more-than-16-bytes'
const mac = (text: string, encoding: 'hex' | 'base64' = 'hex', algorithm = 'sha256', key = secret): string =>
  createHmac(algorithm, key).update(text).digest(encoding)

describe('Bitbucket', () => {
  const signed = (type: string, body: string, id = 'u1', extra: Record<string, string> = {}) => ({
    body,
    headers: { 'x-hub-signature': `sha256=${mac(body)}`, 'x-event-key': type, 'x-request-uuid': id, ...extra },
  })
  test.each([
    ['a push called a pull request', 'pullrequest:created', '{"push":{}}'],
    ['a pull request called a push', 'repo:push', '{"pullrequest":{}}'],
    ['a comment of an issue called one of a pull request', 'pullrequest:comment_created', '{"issue":{},"comment":{}}'],
    ['another key than the body says', 'pr:merged', '{"eventKey":"pr:opened"}'],
    ['a key with a dot, which its group would select', 'pullrequest:updated.x', '{"pullrequest":{"updated_on":"t"}}'],
  ])('the event key must fit the body: %s', async (_what, type, body) => {
    const bench = vendorBench(bitbucket({ secret }))
    expect(await bench.receive(signed(type, body))).toMatchObject({ status: 400 })
    expect([bench.codes, bench.events]).toEqual([['ERR_EVENT_TYPE_MISMATCH'], []])
  })
  test.each([
    ['an update with its own time', 'pullrequest:updated', '{"pullrequest":{"updated_on":"t"}}', 1],
    ['an update without', 'pullrequest:updated', '{"pullrequest":{}}', 2],
    ['a push, which may honestly repeat', 'repo:push', '{"push":{"changes":[]}}', 2],
    ['a creation, whose body an update may share', 'pullrequest:created', '{"pullrequest":{"updated_on":"t"}}', 2],
  ])('replayed under a fresh id: %s', async (_what, type, body, runs) => {
    const bench = vendorBench(bitbucket({ secret }))
    for (const id of ['u1', 'u2']) await bench.receive(signed(type, body, id))
    expect(bench.events).toHaveLength(runs)
  })
  test('a retry is told as one; the id of Data Center counts where that of Cloud is missing', async () => {
    const bench = vendorBench(bitbucket({ secret }))
    const { body, headers } = signed('repo:push', '{"push":{}}', 'u1', { 'x-attempt-number': '2' })
    await bench.receive({ body, headers })
    await bench.receive({
      body,
      headers: { ...headers, 'x-request-uuid': undefined, 'x-request-id': 'r1', 'x-attempt-number': '1' },
    })
    expect(bench.events.map(({ id, retry }) => [id, retry?.number])).toEqual([
      ['u1', 1],
      ['r1', undefined],
    ])
  })
  test('sha1 under the same header is refused', async () => {
    const body = '{"push":{}}'
    const headers = { ...signed('repo:push', body).headers, 'x-hub-signature': `sha1=${mac(body, 'hex', 'sha1')}` }
    expect(await vendorBench(bitbucket({ secret })).receive({ body, headers })).toMatchObject({ status: 401 })
  })
})

test('CircleCI: a downgrade to a version that is not known is refused, and so is an unsigned request', async () => {
  const body = '{"id":"1","type":"job-completed"}'
  for (const value of [`v0=${mac(body)}`, mac(body), `v1=${mac(body)};v2=x`, undefined]) {
    expect(
      await vendorBench(circleci({ secret })).receive({ body, headers: { 'circleci-signature': value } }),
    ).toMatchObject({ status: 401 })
  }
})

describe('Dropbox', () => {
  const body = '{"list_folder":{"accounts":["dbid:A"]}}'
  const genuine = { body, headers: { 'x-dropbox-signature': mac(body) } }
  test('equal notifications are honest: each runs, without a record', async () => {
    const bench = vendorBench(dropbox({ secret }))
    for (let i = 0; i < 3; i++)
      expect(await bench.receive(genuine)).toMatchObject({ status: 200, outcome: 'handled', events: [{ id: '' }] })
    expect(bench.deduplicated).toEqual([false, false, false])
  })
  test.each([
    ['{"list_folder":{},"delta":{}}', 'list_folder'],
    ['{"delta":{},"list_folder":{}}', 'list_folder'],
    ['{"file_requests":{}}', 'file_requests'],
    ['{}', ''],
    ['7', ''],
  ])('%s is %j', async (text, type) => {
    const bench = vendorBench(dropbox({ secret }))
    await bench.receive({ body: text, headers: { 'x-dropbox-signature': mac(text) } })
    expect(bench.events[0]?.type).toBe(type)
  })
  test("an app secret of Dropbox's length brings no warning", () => {
    expect(
      vendorBench(dropbox({ secret: 'z1y2x3w4v5u6t7s' })).codes.filter((code) => code !== 'WARN_STORE_MEMORY'),
    ).toEqual([])
  })
})

describe('Trello', () => {
  const publicUrl = 'https://example.com/trello/?member=14'
  const body = '{"action":{"id":"a1","type":"updateCard"},"model":{"id":"m1"}}'
  const signed = (url: string, text = body) => ({
    body: text,
    headers: { 'x-trello-webhook': mac(text + url, 'base64', 'sha1') },
  })
  test.each([
    ['another path', 'https://example.com/other'],
    ['another query', 'https://example.com/trello/?member=15'],
    ['no last slash', 'https://example.com/trello?member=14'],
    ['another host', 'https://evil.example/trello/?member=14'],
    ['nothing', ''],
  ])('what was signed for %s is refused', async (_what, url) => {
    expect(await vendorBench(trello({ secret, publicUrl })).receive(signed(url))).toMatchObject({ status: 401 })
  })
  test('one action at two webhooks is two events, at one webhook one', async () => {
    const bench = vendorBench(trello({ secret, publicUrl }))
    for (const model of ['m1', 'm2', 'm1']) await bench.receive(signed(publicUrl, body.replace('m1', model)))
    expect(bench.events.map(({ id, type }) => [id, type])).toEqual([
      ['a1:m1', 'updateCard'],
      ['a1:m2', 'updateCard'],
    ])
  })
})

describe('Hookdeck', () => {
  const body = '{"a":1}'
  const old = 'a-secret-that-was-rotated-away'
  const id = { 'x-hookdeck-eventid': 'evt_1' }
  test.each([
    [
      'the first',
      { 'x-hookdeck-signature': mac(body, 'base64'), 'x-hookdeck-signature-2': mac(body, 'base64', 'sha256', old) },
    ],
    [
      'the second',
      { 'x-hookdeck-signature': mac(body, 'base64', 'sha256', old), 'x-hookdeck-signature-2': mac(body, 'base64') },
    ],
  ])('%s of two signatures may be that of the secret', async (_what, headers) => {
    expect(await vendorBench(hookdeck({ secret })).receive({ body, headers: { ...id, ...headers } })).toMatchObject({
      outcome: 'handled',
    })
  })
  test('that Hookdeck verified the sender counts for nothing without a signature', async () => {
    const bench = vendorBench(hookdeck({ secret }))
    expect(await bench.receive({ body, headers: { ...id, 'x-hookdeck-verified': 'true' } })).toMatchObject({
      status: 401,
    })
  })
  // hookdeck.com/docs/destinations: "using the original request method"; hookdeck.com/docs/sources: these methods, and up to 10 MiB.
  test.each([
    ['PUT', body],
    ['PATCH', body],
    ['DELETE', ''],
    ['GET', ''],
    ['POST', JSON.stringify({ text: 'x'.repeat(9 * 1024 * 1024) })],
  ])('what came to it by %s is passed on', async (method, sent) => {
    const headers = { ...id, 'x-hookdeck-signature': mac(sent, 'base64') }
    expect(await vendorBench(hookdeck({ secret })).receive({ method, body: sent, headers })).toMatchObject({
      status: 200,
      outcome: 'handled',
    })
  })
  // hookdeck.com/docs/sources lists text/plain and application/x-ndjson among the content types that it takes.
  test.each<[string, unknown]>([
    ['{"a":1}\n{"a":2}\n', '{"a":1}\n{"a":2}\n'],
    ['[warn] the disk is full', '[warn] the disk is full'],
    ['a=1&b=2', 'a=1&b=2'],
    [' [1]', [1]],
  ])('the body %j is no other thing than it was', async (sent, payload) => {
    const bench = vendorBench(hookdeck({ secret }))
    const headers = { ...id, 'x-hookdeck-signature': mac(sent, 'base64') }
    expect(await bench.receive({ body: sent, headers })).toMatchObject({ status: 200, outcome: 'handled' })
    expect(bench.events[0]?.payload).toEqual(payload)
  })
  test.each(['{"__proto__":1}', '[{"a":{"__proto__":1}}]'])('%s is refused, as everywhere', async (sent) => {
    const headers = { ...id, 'x-hookdeck-signature': mac(sent, 'base64') }
    expect(await vendorBench(hookdeck({ secret })).receive({ body: sent, headers })).toMatchObject({ status: 400 })
  })
  test('the headers may begin otherwise', async () => {
    const bench = vendorBench(hookdeck({ secret, headerPrefix: 'x-acme' }))
    const headers = {
      'x-acme-signature': mac(body, 'base64'),
      'x-acme-eventid': 'evt_1',
      'x-acme-attempt-count': '3',
      'x-acme-attempt-trigger': 'MANUAL',
      'x-acme-source-name': 'shop',
    }
    await bench.receive({ body, headers })
    expect(bench.events[0]).toMatchObject({ id: 'evt_1', type: 'shop', retry: { number: 2, reason: 'MANUAL' } })
    expect(() => hookdeck({ secret, headerPrefix: 'X-Acme' })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})

test('Jenkins: a pipeline tells of one phase several times; what comes again has its time again', async () => {
  const bench = vendorBench(jenkins({ token: secret }))
  const build = { full_url: 'https://ci.example.com/job/a/1/', number: 1, phase: 'STARTED' }
  for (const [timestamp, notes] of [
    [1, ''],
    [2, 'tests passed'],
    [2, 'tests passed'],
    [3, 'deployed'],
  ])
    await bench.receive({
      url: `/hooks?token=${secret}`,
      body: JSON.stringify({ name: 'a', build: { ...build, timestamp, notes } }),
    })
  expect(bench.events).toHaveLength(3)
})

test.each([
  ['Azure DevOps', azureDevops({ token: secret }), { id: 'a', eventType: 'git.push' }],
  [
    'Azure Monitor',
    azureMonitor({ token: secret }),
    { data: { essentials: { alertId: 'a', monitorCondition: 'Fired', firedDateTime: '2026-01-01T00:00:00Z' } } },
  ],
])(
  '%s does not come back after a 500: a failed handler is answered 503, and the next attempt runs',
  async (_vendor, provider, event) => {
    const bench = vendorBench(provider, () => {
      if (bench.events.length === 1) throw new Error('the database is away')
    })
    const request = { url: `/hooks?token=${secret}`, body: JSON.stringify(event) }
    expect(await bench.receive(request)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
    expect(await bench.receive(request)).toMatchObject({ status: 200, outcome: 'handled' })
  },
)

describe('EventBridge', () => {
  const event = (id: string, padding = '') => ({ id, 'detail-type': 'order', source: 'shop', detail: { padding } })
  const send = (body: unknown, method = 'POST') => ({
    method,
    body: JSON.stringify(body),
    headers: { 'x-api-key': secret },
  })
  const bench = () => vendorBench(awsEventbridge({ token: secret, header: 'x-api-key' }))
  test('a list is as many events, and one that cannot be told apart does not stop the others', async () => {
    const { receive, events } = bench()
    expect(await receive(send([event('a'), event('b'), event('a')]))).toMatchObject({ status: 200, outcome: 'handled' })
    expect(await receive(send([{}, event('c')]))).toMatchObject({ status: 500, outcome: 'failed' })
    expect(events.map(({ id, type }) => [id, type])).toEqual([
      ['a', 'order'],
      ['b', 'order'],
      ['c', 'order'],
    ])
  })
  test.each(['PUT', 'PATCH'])('a destination may be invoked by %s', async (method) => {
    expect(await bench().receive(send(event('a'), method))).toMatchObject({ status: 200, outcome: 'handled' })
  })
  test('an entry of 1 MiB arrives in an envelope', async () => {
    expect(await bench().receive(send(event('a', 'x'.repeat(1024 * 1024))))).toMatchObject({ outcome: 'handled' })
  })
})
