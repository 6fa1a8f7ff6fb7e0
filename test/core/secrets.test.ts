import type { SecretOption } from 'hookproof'
import { describe, expect, it } from 'vitest'
import { acme, receiver, request, SECRET, sign } from '../support/acme.js'

const OTHER = 'another-secret-of-more-than-16-bytes'
const signedBy = (secret: string, id?: string): ReturnType<typeof request> =>
  request(
    { type: 'ping' },
    { ...(id === undefined ? {} : { id }), headers: { 'acme-signature': sign('{"type":"ping"}', secret) } },
  )

describe('bad secrets are refused when the receiver is made', () => {
  it.each([
    ['null', null],
    ['empty', ''],
    ['white space', '  \n'],
    ['an empty list', []],
    ['a list of undefined', [undefined, undefined]],
    ['in quotes', '"0123456789abcdef0123"'],
    ['a Stripe key', 'sk_live_0123456789abcdef'],
    ['a Slack token', 'xoxb-0123456789-abcdef'],
    ['a trailing newline', `${SECRET}\n`],
    ['a number', 42],
    ['an unknown field', { value: SECRET, expires: 1 }],
    ['a bad date', { value: SECRET, notAfter: 'soon' }],
    ['nine of them', Array.from({ length: 9 }, (_, i) => `${SECRET}${i}`)],
  ])('%s', (_, secret) => {
    expect(() => acme({}, secret as SecretOption)).toThrow(
      expect.objectContaining({ code: 'ERR_SECRET_INVALID', name: 'ConfigError' }),
    )
  })

  it('without showing them', () => {
    for (const secret of ['sk_live_0123456789abcdef', '"quoted-secret-value"']) {
      try {
        acme({}, secret)
      } catch (error) {
        expect(String(error)).not.toContain(secret.slice(3, 12))
      }
    }
  })

  it('short ones get one warning', () => {
    expect(receiver({}, acme({}, 'short')).log.map(({ code }) => code)).toEqual(['WARN_SECRET_SHORT'])
  })
})

describe('a list', () => {
  it('accepts any of them, newest first, and says which by its label', async () => {
    const { receiver: acmeReceiver } = receiver(
      {},
      acme({}, [{ value: SECRET, id: 'new' }, undefined, { value: OTHER, id: 'old' }]),
    )
    expect((await acmeReceiver.verify(signedBy(SECRET))).secretId).toBe('new')
    expect((await acmeReceiver.verify(signedBy(OTHER))).secretId).toBe('old')
  })

  it('drops one after its notAfter', async () => {
    const provider = acme({}, [SECRET, { value: OTHER, notAfter: new Date(1000) }])
    expect((await receiver({ clock: () => 1000 }, provider).receiver.verify(signedBy(OTHER))).provider).toBe('acme')
    await expect(receiver({ clock: () => 1001 }, provider).receiver.verify(signedBy(OTHER))).rejects.toMatchObject({
      code: 'ERR_SIGNATURE_MISMATCH',
    })
  })

  it('deduplicates over a rotation', async () => {
    const { receiver: acmeReceiver } = receiver({}, acme({}, [SECRET, OTHER]))
    acmeReceiver.onAny(() => undefined)
    expect((await acmeReceiver.receive(signedBy(OTHER, 'e1'))).outcome).toBe('handled')
    expect((await acmeReceiver.receive(signedBy(SECRET, 'e1'))).outcome).toBe('duplicate')
  })
})

describe('a function', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('db down')
      },
      503,
      'ERR_SECRET_LOOKUP',
    ],
    ['rejects', () => Promise.reject(new Error('db down')), 503, 'ERR_SECRET_LOOKUP'],
    ['is late', () => new Promise<string>(() => undefined), 503, 'ERR_SECRET_LOOKUP'],
    ['knows no tenant', () => null, 401, 'ERR_TENANT_UNKNOWN'],
    ['knows no tenant (list)', () => [], 401, 'ERR_TENANT_UNKNOWN'],
    ['gives undefined', () => undefined, 503, 'ERR_SECRET_INVALID'],
    ['gives an empty secret', () => '', 503, 'ERR_SECRET_INVALID'],
    ['gives an API key', () => 'sk_live_0123456789abcdef', 503, 'ERR_SECRET_INVALID'],
    ['gives another secret', () => OTHER, 401, 'ERR_SIGNATURE_MISMATCH'],
    ['gives the secret', () => Promise.resolve(SECRET), 200, undefined],
    ['gives a tenant', () => ({ tenant: 't1', secret: SECRET }), 200, undefined],
  ])('that %s', async (_, secret, status, code) => {
    const { receiver: acmeReceiver, log } = receiver({ secretTimeoutMs: 50 }, acme({}, secret as SecretOption))
    acmeReceiver.onAny(() => undefined)
    expect((await acmeReceiver.receive(request())).status).toBe(status)
    expect(log.map((line) => line.code).find((one) => one.startsWith('ERR_'))).toBe(code)
  })

  it('is called once per delivery, with the unverified request, and never where the signature is missing', async () => {
    const seen: unknown[] = []
    const { receiver: acmeReceiver } = receiver(
      {},
      acme({}, (unverified) => {
        seen.push(unverified.params.tenant)
        return SECRET
      }),
    )
    acmeReceiver.onAny(() => undefined)
    await acmeReceiver.receive(request({}, { params: { tenant: 't1' } }))
    await acmeReceiver.receive(request({}, { params: { tenant: 't1' }, headers: { 'acme-signature': undefined } }))
    expect(seen).toEqual(['t1'])
  })

  it.each([
    ['the tenant that it returns', (id: string) => ({ tenant: id, secret: SECRET })],
    ['the matched secret', (id: string) => (id === 'a' ? SECRET : OTHER)],
  ])('keeps equal ids of two tenants apart by %s', async (_, secret) => {
    const { receiver: acmeReceiver } = receiver(
      {},
      acme({}, ({ params }) => secret(params.tenant ?? '')),
    )
    let runs = 0
    acmeReceiver.onAny(() => ++runs)
    for (const tenant of ['a', 'b', 'a']) {
      const found = secret(tenant)
      const message = signedBy(typeof found === 'string' ? found : found.secret, 'e1')
      await acmeReceiver.receive({ ...message, params: { tenant } })
    }
    expect(runs).toBe(2)
  })
})
