import { expect, test } from 'vitest'
import { challenge, echo, existence, jsonReply } from '../../src/schemes/challenge.js'
import { incomingOf } from '../support/incoming.js'

const text = {
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}
const verify = { parameter: 'token', token: 'open sesame' }
const shake = challenge({ parameter: 'challenge', when: { mode: 'subscribe' }, verify })

test('sends a challenge back as text that is not sniffed', () => {
  const incoming = incomingOf({ method: 'GET', url: '/?mode=subscribe&token=open%20sesame&challenge=a%3Cb%3E' })
  expect(shake.open?.(incoming)).toEqual({ status: 200, headers: text, body: 'a<b>' })
})

test.each([
  ['another mode', 'mode=denied&token=open%20sesame&challenge=a', 'ERR_HANDSHAKE_INVALID'],
  ['no mode', 'token=open%20sesame&challenge=a', 'ERR_HANDSHAKE_INVALID'],
  ['no token', 'mode=subscribe&challenge=a', 'ERR_HANDSHAKE_REFUSED'],
  ['an empty token', 'mode=subscribe&token=&challenge=a', 'ERR_HANDSHAKE_REFUSED'],
  ['a wrong token', 'mode=subscribe&token=open%20sesam&challenge=a', 'ERR_HANDSHAKE_REFUSED'],
  ['no challenge', 'mode=subscribe&token=open%20sesame', 'ERR_HANDSHAKE_INVALID'],
])('refuses %s', (_what, query, code) => {
  expect(shake.open?.(incomingOf({ method: 'GET', url: `/?${query}` }))).toBe(code)
})

test.each(['POST', 'HEAD', 'OPTIONS'])('leaves %s alone', (method) => {
  expect(shake.open?.(incomingOf({ method, url: '/?mode=subscribe&challenge=a' }))).toBeUndefined()
})

test.each([undefined, 7, '', 'a'.repeat(1025), 'a\nb', '\u0000', '\u007f', '\u0085', '\u2028', '\u202e', '\ud800'])(
  'never sends back %j',
  (value) => {
    expect(echo(value)).toBe('ERR_HANDSHAKE_INVALID')
  },
)

test.each(['a', 'a'.repeat(1024), 'é 🚀 <b>'])('sends back %s', (value) => {
  expect(echo(value)).toMatchObject({ status: 200, body: value })
})

test.each(['', '  '])('a verify token must not be empty: %j', (token) => {
  expect(() => challenge({ parameter: 'c', verify: { parameter: 't', token } })).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
  )
})

test('answers whether the URL exists, by the methods that were named', () => {
  const shake = existence('HEAD', 'GET')
  expect(shake.methods).toEqual(['HEAD', 'GET'])
  expect(shake.open?.(incomingOf({ method: 'HEAD' }))).toMatchObject({ status: 200, body: '' })
  expect(shake.open?.(incomingOf({ method: 'POST' }))).toBeUndefined()
})

test('answers JSON that is not sniffed', () => {
  expect(jsonReply({ type: 1 })).toEqual({
    status: 200,
    headers: { ...text, 'content-type': 'application/json' },
    body: '{"type":1}',
  })
})
