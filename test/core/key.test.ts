import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type KeyMode, recordKey } from '../../src/core/key.js'

// Frozen: a change here makes every finished event of every user run again.
it.each([
  [
    'github',
    'default',
    '',
    'i',
    '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'hp1:pHMa-5YiYaQn2Vt1QNz0T3k8L7ZzyPLuFs7ZYcM5iBw',
  ],
  ['stripe', 'default', '', 'i', 'evt_1', 'hp1:A_cpck5T8_4PCRjq_E5ZhflGAEIZl_o96NkfIp8cDvc'],
  ['slack', 'billing', 'T123', 'i', 'Ev0PV52K21', 'hp1:BC1Z2EXutTdm6-T9C5Pnt8TvQmWkAXBR2xaQOnXVZkA'],
  ['github', 'default', '', 'd', 'a'.repeat(64), 'hp1:0fmO-N0n0lvNdWYrIwJBlcKXUzPjUMwZE8MSKg9gusM'],
  ['standard-webhooks', 'ünïcode', '', 'u', 'order:1', 'hp1:QyGAjaXUZO4IR-V3Yo2LafOMF6ZPRjyZou-FjuRQE58'],
] as const)('%s %s %s %s %s', (provider, endpoint, tenant, mode, id, key) => {
  expect(recordKey(provider, endpoint, tenant, mode, id)).toBe(key)
})

it('is the hash of length-prefixed parts', () => {
  const input = '6:github7:default0:1:i2:d1'
  expect(recordKey('github', 'default', '', 'i', 'd1')).toBe(
    `hp1:${createHash('sha256').update(input).digest('base64url')}`,
  )
})

it('keeps different parts apart, wherever their borders lie', () => {
  const parts = fc.tuple(fc.string(), fc.string(), fc.string(), fc.constantFrom<KeyMode>('i', 'd', 'u'), fc.string())
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      expect(recordKey(...a) === recordKey(...b)).toBe(JSON.stringify(a) === JSON.stringify(b))
    }),
  )
  expect(recordKey('a', 'b:c', '', 'i', 'd')).not.toBe(recordKey('a', 'b', 'c', 'i', 'd'))
})
