import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { meta } from '../../src/providers/meta.js'
import { vendorBench } from './vendor-bench.js'

const secret = '0123456789abcdef0123456789abcdef'
const verifyToken = 'meatyhamhock'
const bench = () => vendorBench(meta({ secret, verifyToken }))

function signed(payload: unknown) {
  const body = JSON.stringify(payload)
  return {
    body,
    headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` },
  }
}
const page = (...messaging: object[]) => signed({ object: 'page', entry: [{ id: 'P', time: 1, messaging }] })
const whatsapp = (value: object) =>
  signed({ object: 'whatsapp_business_account', entry: [{ id: 'W', changes: [{ field: 'messages', value }] }] })

test('each change, message and status is an event with the entry that it came in', async () => {
  const one = bench()
  await one.receive(
    signed({
      object: 'instagram',
      entry: [
        {
          id: 'A',
          time: 1,
          changes: [
            { field: 'comments', value: { id: '1' } },
            { field: 'mentions', value: {} },
          ],
        },
        { id: 'B', time: 2, messaging: [{ message: { mid: 'm1' } }], standby: [{ message: { mid: 'm2' } }] },
        { id: 'C', time: 3 },
      ],
    }),
  )
  expect(one.events.map(({ type, id, payload }) => [type, id, payload])).toEqual([
    [
      'instagram.comments',
      '',
      { object: 'instagram', entry: { id: 'A', time: 1 }, field: 'comments', value: { id: '1' } },
    ],
    ['instagram.mentions', '', { object: 'instagram', entry: { id: 'A', time: 1 }, field: 'mentions', value: {} }],
    [
      'instagram.messaging',
      'B:messaging:m1:sent',
      { object: 'instagram', entry: { id: 'B', time: 2 }, field: 'messaging', value: { message: { mid: 'm1' } } },
    ],
    [
      'instagram.standby',
      'B:standby:m2:sent',
      { object: 'instagram', entry: { id: 'B', time: 2 }, field: 'standby', value: { message: { mid: 'm2' } } },
    ],
  ])
})

test('where only the names of changed fields come, each of them is an event', async () => {
  const one = bench()
  const entry = [
    { id: '296989303750203', time: 1347996346, changed_fields: ['actions'] },
    { id: 'U', uid: 'U', time: 2, changed_fields: ['email', 'name'] },
  ]
  await one.receive(signed({ object: 'payments', entry }))
  expect(one.events.map(({ type, payload }) => [type, payload])).toEqual([
    [
      'payments.actions',
      { object: 'payments', entry: { id: '296989303750203', time: 1347996346 }, field: 'actions', value: {} },
    ],
    ['payments.email', { object: 'payments', entry: { id: 'U', time: 2 }, field: 'email', value: {} }],
    ['payments.name', { object: 'payments', entry: { id: 'U', time: 2 }, field: 'name', value: {} }],
  ])
})

test('of several messages and statuses an event holds its own, with all else that stands beside them', async () => {
  const one = bench()
  const value = {
    metadata: { phone_number_id: '7' },
    contacts: [{ wa_id: '1' }],
    messages: [{ id: 'a' }, { id: 'b' }],
    statuses: [{ id: 'c', status: 'sent' }],
  }
  await one.receive(whatsapp(value))
  const rest = { metadata: value.metadata, contacts: value.contacts }
  expect(one.events.map(({ payload }) => (payload as { value: object }).value)).toEqual([
    { ...rest, messages: [{ id: 'a' }] },
    { ...rest, messages: [{ id: 'b' }] },
    { ...rest, statuses: [{ id: 'c', status: 'sent' }] },
  ])
})

test('a notification may be as long as Meta makes them', async () => {
  const one = bench()
  const messages = Array.from({ length: 600 }, (_, id) => ({ id: `m${id}`, text: { body: 'x'.repeat(4096) } }))
  expect(await one.receive(whatsapp({ messages }))).toMatchObject({ status: 200, outcome: 'handled' })
})

test('a message that comes again is a duplicate, also in another batch', async () => {
  const one = bench()
  await one.receive(whatsapp({ messages: [{ id: 'a' }, { id: 'b' }] }))
  expect(await one.receive(whatsapp({ messages: [{ id: 'b' }, { id: 'c' }] }))).toMatchObject({
    status: 200,
    events: [{ outcome: 'duplicate' }, { outcome: 'handled' }],
  })
  expect(one.events).toHaveLength(3)
})

test.each<[string, object, object]>([
  ['sent, then read', { statuses: [{ id: 'a', status: 'sent' }] }, { statuses: [{ id: 'a', status: 'read' }] }],
  [
    'read by two',
    { statuses: [{ id: 'a', status: 'read', recipient_id: '1' }] },
    { statuses: [{ id: 'a', status: 'read', recipient_id: '2' }] },
  ],
  [
    'read by two members of a group',
    { statuses: [{ id: 'a', status: 'read', recipient_id: 'G', recipient_participant_id: '1' }] },
    { statuses: [{ id: 'a', status: 'read', recipient_id: 'G', recipient_participant_id: '2' }] },
  ],
  [
    'read by two members of a group who have names in place of numbers',
    { statuses: [{ id: 'a', status: 'read', recipient_id: 'G', recipient_participant_user_id: 'U.1' }] },
    { statuses: [{ id: 'a', status: 'read', recipient_id: 'G', recipient_participant_user_id: 'U.2' }] },
  ],
  [
    'an attempt to pay that failed',
    { statuses: [{ id: 'a', status: 'pending', payment: { transaction: { id: 't', status: 'pending' } } }] },
    { statuses: [{ id: 'a', status: 'pending', payment: { transaction: { id: 't', status: 'failed' } } }] },
  ],
  [
    'another attempt to pay',
    { statuses: [{ id: 'a', status: 'pending', payment: { transaction: { id: 't', status: 'pending' } } }] },
    { statuses: [{ id: 'a', status: 'pending', payment: { transaction: { id: 'u', status: 'pending' } } }] },
  ],
])('two statuses of one message are two events: %s', async (_what, first, second) => {
  const one = bench()
  await one.receive(whatsapp(first))
  await one.receive(whatsapp(second))
  expect(one.events).toHaveLength(2)
})

test('a message that is taken back under its old id is an event of its own', async () => {
  const one = bench()
  await one.receive(page({ message: { mid: 'm', text: 'x' } }))
  await one.receive(page({ message: { mid: 'm', is_deleted: true } }))
  expect(one.events).toHaveLength(2)
})

test('what has no id runs whenever it comes, because equal ones are honest', async () => {
  const one = bench()
  const like = signed({
    object: 'page',
    entry: [{ id: 'P', time: 1, changes: [{ field: 'feed', value: { item: 'like' } }] }],
  })
  for (let i = 0; i < 2; i++) expect(await one.receive(like)).toMatchObject({ outcome: 'handled' })
  for (let i = 0; i < 2; i++) await one.receive(page({ postback: { payload: 'x' } }))
  expect([one.events.length, one.deduplicated]).toEqual([4, [false, false, false, false]])
})

test.each([{}, { object: 'page' }, { object: 'page', entry: [] }, { object: 'page', entry: 'x' }, []])(
  '%j holds no event',
  async (payload) => {
    const one = bench()
    expect(await one.receive(signed(payload))).toMatchObject({ status: 200, outcome: 'unhandled', events: [] })
  },
)

test('sha1 alone is never accepted', async () => {
  const one = bench()
  const body = '{"object":"page"}'
  const old = `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`
  expect(await one.receive({ body, headers: { 'x-hub-signature': old } })).toMatchObject({ status: 401 })
  expect(await one.receive({ body, headers: { 'x-hub-signature-256': old } })).toMatchObject({ status: 401 })
})

test.each(['', ' ', undefined])('refuses %j as verifyToken', (given) => {
  expect(() => meta({ secret, verifyToken: given as string })).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
  )
})
