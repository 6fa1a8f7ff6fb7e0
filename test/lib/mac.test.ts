import { createHmac, randomBytes, randomInt } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { HashName } from '../../src/lib/crypto.js'
import { createMac, type MacText, portableMac } from '../../src/lib/mac.js'

/** The one that this runtime gets, and the one for runtimes without one-shot hashing. */
const makers = [
  ['one-shot', createMac],
  ['portable', portableMac],
] as const
const algorithms: readonly HashName[] = ['sha1', 'sha256', 'sha384', 'sha512']
const texts: readonly MacText[] = ['hex', 'base64', 'base64url']

/** RFC 4231: key, data, and the first bytes of HMAC-SHA-256, -384 and -512. */
const rfc4231 = [
  ['0b'.repeat(20), Buffer.from('Hi There'), 'b0344c61d8db', 'afd03944d848', '87aa7cdea5ef'],
  [hexOf('Jefe'), Buffer.from('what do ya want for nothing?'), '5bdcc146bf60', 'af45d2e37648', '164b7a7bfcf8'],
  ['aa'.repeat(20), Buffer.alloc(50, 0xdd), '773ea91e3680', '88062608d3e6', 'fa73b0089d56'],
  [
    '0102030405060708090a0b0c0d0e0f10111213141516171819',
    Buffer.alloc(50, 0xcd),
    '82558a389a44',
    '3e8a69b7783c',
    'b0ba465637458',
  ],
  [
    'aa'.repeat(131),
    Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
    '60e431591ee0',
    '4ece084485813',
    '80b24263c7c1',
  ],
  [
    'aa'.repeat(131),
    Buffer.from(
      'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    '9b09ffa71b94',
    '6617178e941f',
    'e37b6a775dc8',
  ],
] as const

function hexOf(text: string): string {
  return Buffer.from(text).toString('hex')
}

function expected(algorithm: HashName, key: Uint8Array, data: Uint8Array, text: MacText = 'hex'): string {
  return createHmac(algorithm, key).update(data).digest(text)
}

describe.each(makers)('the %s MAC', (_, make) => {
  test.each(rfc4231)('has the values of RFC 4231 for the key %s', (key, data, ...beginnings) => {
    for (const [index, beginning] of beginnings.entries()) {
      const algorithm = algorithms[index + 1]!
      const bytes = Buffer.from(key, 'hex')
      const mac = expected(algorithm, bytes, data)
      expect(mac.startsWith(beginning), 'the oracle itself').toBe(true)
      expect(make(algorithm, bytes, 'hex').matches([data], [mac])).toBe(true)
    }
  })

  test.each(algorithms)('agrees with createHmac on random keys and data: %s', (algorithm) => {
    for (let round = 0; round < 2500; round++) {
      const key = randomBytes(randomInt(0, 200))
      const data = randomBytes(randomInt(0, 301))
      const text = texts[round % texts.length]!
      const mac = make(algorithm, key, text)
      const right = expected(algorithm, key, data, text)
      const cut = randomInt(0, data.length + 1)
      expect(mac.matches([data.subarray(0, cut), data.subarray(cut)], [right])).toBe(true)
      const wrong = expected(algorithm, key, Buffer.concat([data, Buffer.from([round & 255])]), text)
      expect(mac.matches([data], [wrong])).toBe(false)
    }
  })

  test.each(algorithms)('agrees at every length around blocks and the shared buffer: %s', (algorithm) => {
    const around = [0, 55, 56, 63, 64, 111, 112, 127, 128, 16_320, 16_384, 16_448, 16_512, 40_000]
    for (const length of around.flatMap((one) => [-1, 0, 1].map((more) => Math.max(0, one + more)))) {
      const data = Buffer.alloc(length, length & 255)
      for (const keyLength of [0, 1, 63, 64, 65, 127, 128, 129]) {
        const key = Buffer.alloc(keyLength, 7)
        expect(make(algorithm, key, 'hex').matches([data], [expected(algorithm, key, data)])).toBe(true)
      }
    }
  })

  test('takes text as UTF-8, whatever its characters, and no part at all', () => {
    const key = Buffer.from('key')
    for (const text of ['', 'é', '€uro', '😀'.repeat(40), '\ud800', '€'.repeat(9000)]) {
      const mac = expected('sha256', key, Buffer.from(text))
      expect(make('sha256', key, 'hex').matches([text, new Uint8Array(0)], [mac])).toBe(true)
    }
    expect(make('sha256', key, 'hex').matches([], [expected('sha256', key, Buffer.alloc(0))])).toBe(true)
  })

  test('keeps two keys apart that are used in turn', () => {
    const [a, b] = [Buffer.from('a'.repeat(32)), Buffer.from('b'.repeat(32))]
    const [macA, macB] = [make('sha256', a, 'hex'), make('sha256', b, 'hex')]
    const data = Buffer.from('data')
    for (let turn = 0; turn < 4; turn++) {
      expect(macA.matches([data], [expected('sha256', a, data)])).toBe(true)
      expect(macB.matches([data], [expected('sha256', b, data)])).toBe(true)
      expect(macB.matches([data], [expected('sha256', a, data)])).toBe(false)
      expect(make('sha512', a, 'hex').matches([data], [expected('sha512', a, data)])).toBe(true)
    }
  })

  test('keeps a long key block whole while the parts of another key do not fit', () => {
    const [long, short] = [Buffer.from('a'.repeat(100)), Buffer.from('b'.repeat(32))]
    const data = Buffer.from('data')
    const parts = ['1700000000.', Buffer.alloc(20_000, 1)]
    const [macLong, macShort] = [make('sha512', long, 'hex'), make('sha256', short, 'hex')]
    for (let turn = 0; turn < 2; turn++) {
      expect(macLong.matches([data], [expected('sha512', long, data)])).toBe(true)
      expect(macShort.matches(parts, ['0'.repeat(64)])).toBe(false)
    }
  })

  test('judges each list by itself, whichever keys were asked about another one before', () => {
    const data = Buffer.from('data')
    const keys = ['a', 'b', 'c'].map((letter) => Buffer.from(letter.repeat(32)))
    const macs = keys.map((key) => make('sha256', key, 'hex'))
    const rights = keys.map((key) => expected('sha256', key, data))
    const wrong = '0'.repeat(64)
    const lists = [[wrong, rights[0]!], [wrong, wrong, rights[1]!], [rights[2]!, rights[0]!], [wrong, wrong], []]
    for (let turn = 0; turn < 2; turn++) {
      for (const list of lists) {
        for (const [index, mac] of macs.entries()) {
          expect(mac.matches([data], list), `${index} in ${lists.indexOf(list)}`).toBe(list.includes(rights[index]!))
          expect(mac.matches([data], [wrong])).toBe(false)
        }
      }
    }
  })

  test('finds one right text among wrong ones, and refuses every other spelling of it', () => {
    const key = Buffer.from('key')
    const data = Buffer.from('data')
    const mac = make('sha256', key, 'hex')
    const right = expected('sha256', key, data)
    expect(mac.matches([data], ['', 'x'.repeat(64), right, 'y'.repeat(63)])).toBe(true)
    // U+0130 and its like end in the same eight bits as an ASCII letter.
    const widened = String.fromCharCode(...[...right].map((letter) => letter.charCodeAt(0) + 0x100))
    const others = [widened, right.toUpperCase(), right.slice(1), `${right} `, ` ${right}`, `${right}00`, `${right}\0`]
    for (const other of others) expect(mac.matches([data], [other]), other).toBe(other === right)
    expect(mac.matches([data], [])).toBe(false)
  })
})

const folder = new URL('../../../shared/vectors/wycheproof/', import.meta.url)

interface Suite {
  readonly testGroups: readonly {
    readonly tagSize: number
    readonly tests: readonly {
      readonly key: string
      readonly msg: string
      readonly tag: string
      readonly result: string
    }[]
  }[]
}

describe.skipIf(!existsSync(folder))('Wycheproof, where its sets are beside the repository', () => {
  test.each(algorithms)('%s: each whole tag is judged as it says', (algorithm) => {
    const suite = JSON.parse(readFileSync(new URL(`hmac_${algorithm}_test.json`, folder), 'utf8')) as Suite
    let judged = 0
    for (const { tagSize, tests } of suite.testGroups) {
      for (const { key, msg, tag, result } of tests) {
        for (const [, make] of makers) {
          const mac = make(algorithm, Buffer.from(key, 'hex'), 'hex')
          const whole = tagSize === createHmac(algorithm, '').digest().length * 8
          // A tag that was cut short is refused, whatever it says.
          expect(mac.matches([Buffer.from(msg, 'hex')], [tag])).toBe(whole && result === 'valid')
          judged++
        }
      }
    }
    expect(judged).toBeGreaterThan(300)
  })
})
