import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/errors.js'
import { createReceiver } from '../../src/index.js'
import { type StandardWebhooksOptions, standardWebhooks } from '../../src/providers/standard-webhooks.js'
import type { WebhookRequest } from '../../src/types.js'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const now = 1_750_000_000_000

function delivery(body: string, key = secret, family = 'webhook'): WebhookRequest {
  const signature = new Webhook(key).sign('msg_1', new Date(now), body)
  const headers = {
    [`${family}-id`]: 'msg_1',
    [`${family}-timestamp`]: `${now / 1000}`,
    [`${family}-signature`]: signature,
  }
  return { method: 'POST', url: '/', headers, body }
}

function receiverOf(options: StandardWebhooksOptions) {
  return createReceiver(standardWebhooks(options), { clock: () => now, logger: false })
}

test.each<[string, StandardWebhooksOptions, string, string]>([
  ['the body', { secret }, '{"type":"a.b"}', 'a.b'],
  ['another path of it', { secret, type: { path: 'data.type' } }, '{"type":"event","data":{"type":"c.d"}}', 'c.d'],
  ['nowhere', { secret }, '{}', ''],
])('the event has its name from %s', async (_where, options, body, type) => {
  expect((await receiverOf(options).verify(delivery(body))).events[0]?.type).toBe(type)
})

test.each([['webhook'], ['svix']])(
  'one id over both families: a retry by %s headers is a duplicate',
  async (family) => {
    let runs = 0
    const receiver = receiverOf({ secret }).onAny(() => {
      runs += 1
    })
    await receiver.receive(delivery('{"type":"a"}'))
    expect((await receiver.receive(delivery('{"type":"a"}', secret, family))).outcome).toBe('duplicate')
    expect(runs).toBe(1)
  },
)

test.each([
  ['without its prefix', secret.slice('whsec_'.length)],
  // github.com/supabase/auth, internal/conf/configuration.go: ^v1,whsec_[A-Za-z0-9+/=]{32,88}
  ['as Supabase shows it', `v1,${secret}`],
])('a secret %s is the same key', async (_how, given) => {
  const receiver = receiverOf({ secret: given })
  await expect(receiver.verify(delivery('{}'))).resolves.toMatchObject({ coverage: 'full' })
})

test('a secret whose text is the key itself is given as its base64, as the SDK of Polar does', async () => {
  const key = Buffer.from('polar_whs_a1b2c3d4e5f6').toString('base64')
  await expect(receiverOf({ secret: key }).verify(delivery('{}', key))).resolves.toMatchObject({ coverage: 'full' })
})

test('old and new secret are both known while one is rotated', async () => {
  const old = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const receiver = receiverOf({
    secret: [
      { value: secret, id: 'new' },
      { value: old, id: 'old' },
    ],
  })
  expect((await receiver.verify(delivery('{}', old))).secretId).toBe('old')
})

describe('a ConfigError is thrown for', () => {
  const publicKey = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='
  test.each<[string, object, string]>([
    ['no key', {}, 'ERR_OPTION_INVALID'],
    ['an unset secret', { secret: undefined }, 'ERR_OPTION_INVALID'],
    ['both kinds of key', { secret, publicKey }, 'ERR_OPTION_INVALID'],
    ['a secret that is no base64', { secret: 'whsec_not base64' }, 'ERR_SECRET_INVALID'],
    ['a private key as public key', { publicKey: `whsk_${Buffer.alloc(64).toString('base64')}` }, 'ERR_SECRET_INVALID'],
    ['a secret as public key', { publicKey: secret }, 'ERR_SECRET_INVALID'],
    ['a type that is nowhere', { secret, type: {} }, 'ERR_OPTION_INVALID'],
  ])('%s', (_what, options, code) => {
    expect(() => standardWebhooks(options as StandardWebhooksOptions)).toThrow(ConfigError)
    expect(() => standardWebhooks(options as StandardWebhooksOptions)).toThrow(expect.objectContaining({ code }))
  })
})
