import { expect, test } from 'vitest'
import { ConfigError } from '../../src/errors.js'
import { checkOptions, numberOption } from '../../src/lib/options.js'

const known = ['maxBodyBytes', 'leaseMs', 'store']

test('known options come back frozen, without undefined ones, and the given object stays as it was', () => {
  const given = { leaseMs: 1, store: undefined }
  const options = checkOptions(given, known, 'here')
  expect(options).toEqual({ leaseMs: 1 })
  expect(Object.keys(options)).toEqual(['leaseMs'])
  expect(Object.isFrozen(options)).toBe(true)
  expect(given).toEqual({ leaseMs: 1, store: undefined })
  expect(checkOptions(undefined, known, 'here')).toEqual({})
})

test.each([
  ['leasems', 'here has no option "leasems". Did you mean leaseMs?'],
  ['maxBodyByte', 'here has no option "maxBodyByte". Did you mean maxBodyBytes?'],
  ['colour', 'here has no option "colour"; it takes maxBodyBytes, leaseMs, store'],
])('%s is refused with the nearest name', (name, message) => {
  expect(() => checkOptions({ [name]: 1 }, known, 'here')).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION_UNKNOWN' }),
  )
  expect(() => checkOptions({ [name]: 1 }, known, 'here')).toThrow(message)
})

test.each([[null], [[]], ['text'], [1]])('%j is no object of options', (given) => {
  if (given === null) expect(checkOptions(given as unknown as object, known, 'here')).toEqual({})
  else expect(() => checkOptions(given as unknown as object, known, 'here')).toThrow(ConfigError)
})

const bounds = { where: 'here', name: 'leaseMs', min: 1, max: 10 }

test.each([
  [undefined, 5],
  [1, 1],
  [10, 10],
])('a number of %s is %i', (value, expected) => {
  expect(numberOption(value, 5, bounds)).toBe(expected)
})

test.each([[0], [11], [Number.NaN], ['5'], [null]])('%s is refused with the bounds', (value) => {
  expect(() => numberOption(value, 5, bounds)).toThrow('leaseMs must be a number from 1 to 10')
  expect(() => numberOption(value, 5, { where: 'here', name: 'leaseMs', min: 100 })).toThrow('a number from 100 up')
})
