import { describe, expect, test } from 'vitest'
import { mailchimp } from '../../src/providers/mailchimp.js'
import { vendorBench } from './vendor-bench.js'

const token = 'f3c1a09b7d5e4c2b8a6f0e1d2c3b4a59'
const body =
  'type=profile&fired_at=2009-03-26+21%3A31%3A21&data%5Bid%5D=8a25ff1d98&data%5Bmerges%5D%5BFNAME%5D=Zo%C3%AB'
const url = `/hooks?token=${token}`

test('what carries the token is genuine, nested and known by all of its fields', async () => {
  const bench = vendorBench(mailchimp({ token }))
  for (const outcome of ['handled', 'duplicate'])
    expect(await bench.receive({ url, body })).toMatchObject({ status: 200, outcome })
  expect(bench.events[0]).toMatchObject({
    type: 'profile',
    payload: { type: 'profile', data: { id: '8a25ff1d98', merges: { FNAME: 'Zoë' } } },
    timestamp: Date.parse('2009-03-26T21:31:21Z'),
  })
  await bench.receive({ url, body: body.replace('Zo%C3%AB', 'Zoe') })
  expect(bench.events).toHaveLength(2)
})

test.each([
  ['without a token', '/hooks', 'ERR_CREDENTIALS_MISSING'],
  ['with an empty one', '/hooks?token=', 'ERR_CREDENTIALS_MISSING'],
  ['with a wrong one', '/hooks?token=f3c1', 'ERR_CREDENTIALS_MISMATCH'],
  ['with two', `${url}&token=x`, 'ERR_QUERY_DUPLICATED'],
  ['with it in another parameter', `/hooks?secret=${token}`, 'ERR_CREDENTIALS_MISSING'],
])('is refused %s', async (_what, target, code) => {
  const bench = vendorBench(mailchimp({ token }))
  expect(await bench.receive({ url: target, body })).toMatchObject({ outcome: 'rejected' })
  expect([bench.codes, bench.events]).toEqual([[code], []])
})

test('the parameter may have another name', async () => {
  const bench = vendorBench(mailchimp({ token, query: 'key' }))
  expect(await bench.receive({ url: `/hooks?key=${token}`, body })).toMatchObject({ outcome: 'handled' })
})

describe('without verification', () => {
  test('one has to say so, is warned once, and every delivery tells it', async () => {
    for (const options of [{}, { token: undefined }, { allowUnverified: false }]) {
      expect(() => mailchimp(options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    }
    const bench = vendorBench(mailchimp({ allowUnverified: true }))
    expect(bench.codes.filter((code) => code === 'WARN_UNVERIFIED')).toHaveLength(1)
    expect(await bench.receive({ url: '/hooks', body })).toMatchObject({ outcome: 'handled' })
    expect(mailchimp({ allowUnverified: true }).facts.coverage).toBe('none')
  })
})
