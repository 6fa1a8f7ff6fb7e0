import { expect, test } from 'vitest'
import { parseTime, staleness, type TimeUnit } from '../../src/lib/time.js'

test.each<[TimeUnit, string, number]>([
  ['s', '1700000000', 1_700_000_000_000],
  ['s', '0', 0],
  ['ms', '1700000000123', 1_700_000_000_123],
  ['iso', '2023-11-14T22:13:20Z', 1_700_000_000_000],
  ['iso', '2023-11-14T22:13:20.123456789Z', 1_700_000_000_123],
  ['iso', '2023-11-15T00:13:20+02:00', 1_700_000_000_000],
])('%s: %s is %i', (unit, text, time) => {
  expect(parseTime(text, unit)).toBe(time)
})

test.each<[TimeUnit, string]>([
  ['s', ''],
  ['s', '-1'],
  ['s', '+1'],
  ['s', '1.5'],
  ['s', '170abc'],
  ['s', '1e20'],
  ['s', '0x10'],
  ['s', '1700000000000'],
  ['s', ' 1'],
  ['s', '1\n'],
  ['ms', '1700000000000.5'],
  ['ms', '123456789012345'],
  ['iso', '2023-11-14'],
  ['iso', '2023-11-14 22:13:20Z'],
  ['iso', '2023-11-14T22:13:20'],
  ['iso', '2023-11-14T22:13:20z'],
  ['iso', '2023-13-14T22:13:20Z'],
  ['iso', '2023-11-14T25:13:20Z'],
  ['iso', 'Tue Nov 14 2023'],
])('%s: %j is no time', (unit, text) => {
  expect(parseTime(text, unit)).toBeUndefined()
})

test.each([
  [0, 0, undefined],
  [1000, 1000, undefined],
  [1001, 1000, 'ERR_TIMESTAMP_STALE'],
  [-1000, 1000, undefined],
  [-1001, 1000, 'ERR_TIMESTAMP_FUTURE'],
  [1, 0, 'ERR_TIMESTAMP_STALE'],
  [1e15, Number.POSITIVE_INFINITY, undefined],
])('%i ms old under a tolerance of %i ms: %s', (age, tolerance, expected) => {
  expect(staleness(1_700_000_000_000 - age, 1_700_000_000_000, tolerance)).toBe(expected)
})
