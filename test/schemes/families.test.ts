import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type HmacOptions, hmac } from '../../src/schemes/hmac.js'
import { body, header, timestamp, url } from '../../src/schemes/parts.js'
import { incomingOf } from '../support/incoming.js'

/** A vendor's published delivery, or one made by openssl after its docs: see `source`. */
interface Vector {
  readonly vendor: string
  readonly name: string
  readonly source: string
  readonly secret: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Seconds since the epoch. */
  readonly now: number | null
  readonly expected: 'valid' | 'invalid'
}

interface Family {
  readonly family: string
  readonly scheme: Omit<HmacOptions, 'secret'>
  readonly toleranceSeconds?: number
  /** The configured URL is signed too. */
  readonly withUrl?: boolean
}

/** One engine, a description each: nothing here is code. */
const families: Readonly<Record<string, Family>> = {
  'standard-webhooks': {
    family: 'A: id, time and body, in three headers',
    scheme: {
      key: { prefixes: ['whsec_'], encoding: 'base64' },
      encoding: 'base64',
      signature: { header: 'webhook-signature', list: { separator: ' ', prefix: 'v1,' } },
      timestamp: { header: 'webhook-timestamp', unit: 's' },
      signed: [header('webhook-id', { without: '.' }), '.', timestamp, '.', body],
    },
  },
  paddle: {
    family: 'B: time and signatures in one header',
    toleranceSeconds: 5,
    scheme: {
      signature: { header: 'paddle-signature', params: { separator: ';', signature: 'h1' } },
      timestamp: { param: 'ts', unit: 's' },
      signed: [timestamp, ':', body],
    },
  },
  mux: {
    family: 'B: time and signatures in one header',
    scheme: {
      signature: { header: 'mux-signature', params: { separator: ',', signature: 'v1' } },
      timestamp: { param: 't', unit: 's' },
      signed: [timestamp, '.', body],
    },
  },
  zoom: {
    family: 'C: time in a header of its own',
    scheme: {
      signature: { header: 'x-zm-signature', prefix: 'v0=' },
      timestamp: { header: 'x-zm-request-timestamp', unit: 's' },
      signed: ['v0:', timestamp, ':', body],
    },
  },
  pagerduty: {
    family: 'D: hex over the body, here a list of versions',
    scheme: { signature: { header: 'x-pagerduty-signature', list: { separator: ',', prefix: 'v1=' } } },
  },
  line: {
    family: 'E: base64 over the body',
    scheme: { encoding: 'base64', signature: { header: 'x-line-signature' } },
  },
  square: {
    family: 'F: the configured URL, then the body',
    withUrl: true,
    scheme: { encoding: 'base64', signature: { header: 'x-square-hmacsha256-signature' } },
  },
}

const vectors = JSON.parse(readFileSync(new URL('../fixtures/families.json', import.meta.url), 'utf8')) as Vector[]

describe.each(Object.entries(families))('%s', (vendor, { scheme, toleranceSeconds = 300, withUrl = false }) => {
  const own = vectors.filter((vector) => vector.vendor === vendor)

  test('has a delivery that must be accepted', () => {
    expect(own.some(({ expected }) => expected === 'valid')).toBe(true)
  })

  test.each(own.map((vector) => [vector.name, vector.expected, vector] as const))(
    '%s: %s',
    (_name, expected, vector) => {
      const signed = withUrl ? { signed: [url(vector.url), body] } : {}
      const verdict = hmac({ ...scheme, ...signed, secret: vector.secret }).verify(
        incomingOf({
          url: vector.url,
          headers: vector.headers,
          body: vector.body,
          now: 1000 * (vector.now ?? 1_700_000_000),
          toleranceMs: 1000 * toleranceSeconds,
        }),
      )
      if (expected === 'valid') expect(verdict).toMatchObject({ coverage: 'full' })
      else expect(verdict).toMatch(/^ERR_(SIGNATURE|TIMESTAMP)_/)
    },
  )
})
