import { expect, expectTypeOf, test } from 'vitest'
import { createReceiver } from '../../src/index.js'
import { circleci } from '../../src/providers/circleci.js'
import { discord } from '../../src/providers/discord.js'
import { dropbox } from '../../src/providers/dropbox.js'
import { gitlab } from '../../src/providers/gitlab.js'
import { mandrill } from '../../src/providers/mandrill.js'
import { meta } from '../../src/providers/meta.js'
import { pusher } from '../../src/providers/pusher.js'
import { shopify } from '../../src/providers/shopify.js'
import { trello } from '../../src/providers/trello.js'

const secret = 'a-secret-of-more-than-16-bytes'
const publicUrl = 'https://example.com'
const options = { logger: false } as const

test('names of events are known, misspelt ones do not compile, and payloads have a type', () => {
  const handler = (): undefined => undefined
  createReceiver(gitlab({ token: secret }), options)
    .on('merge_request.open', ({ payload }) =>
      expectTypeOf(payload.object_attributes?.action).toEqualTypeOf<string | undefined>(),
    )
    .on('merge_request', ({ type }) => expectTypeOf(type).toExtend<`merge_request.${string}`>())
    .on(['push', 'issue.*'], handler)
    // @ts-expect-error there is no such action
    .on('merge_request.opened', handler)
  createReceiver(shopify({ secret }), options)
    .on('orders/create', ({ payload }) => expectTypeOf(payload.updated_at).toEqualTypeOf<string | undefined>())
    .on('customers/redact', handler)
    // @ts-expect-error there is no such topic
    .on('orders/created', handler)
  createReceiver(discord({ publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a' }), options)
    .on('APPLICATION_COMMAND.ping', ({ payload }) => expectTypeOf(payload.token).toBeString())
    .on('APPLICATION_AUTHORIZED', ({ payload }) => expectTypeOf(payload.event.timestamp).toBeString())
    // @ts-expect-error there is no such event
    .on('APPLICATION_AUTHORISED', handler)
  createReceiver(mandrill({ secret, publicUrl }), options)
    .on('hard_bounce', ({ payload }) => expectTypeOf(payload._id).toBeString())
    .on('blacklist', ({ payload }) => expectTypeOf(payload.action).toBeString())
    // @ts-expect-error there is no such event
    .on('bounce', handler)
  createReceiver(pusher({ secret: { id: 'key', value: secret } }), options)
    .on('member_added', ({ payload }) => expectTypeOf(payload.name).toEqualTypeOf<'member_added'>())
    // @ts-expect-error there is no such event
    .on('member_joined', handler)
  createReceiver(circleci({ secret }), options)
    .on('job-completed', ({ payload }) => expectTypeOf(payload.happened_at).toBeString())
    // @ts-expect-error there is no such event
    .on('job-started', handler)
  expect(createReceiver(dropbox({ secret }), options).on('list_folder', handler).provider.id).toBe('dropbox')
})

test('vendors whose names are many take any name', () => {
  createReceiver(trello({ secret, publicUrl }), options).on('updateCard', ({ payload }) =>
    expectTypeOf(payload.model.id).toBeString(),
  )
  createReceiver(meta({ secret, verifyToken: 'x' }), options)
    .on('page.messaging', ({ payload }) => expectTypeOf(payload.entry.id).toBeString())
    .on('whatsapp_business_account.messages', ({ payload }) => expectTypeOf(payload.field).toBeString())
})

test('newer names can be added', () => {
  type Added = { readonly 'orders/teleported': { readonly to: string } }
  createReceiver(shopify<Added>({ secret }), options).on('orders/teleported', ({ payload }) =>
    expectTypeOf(payload.to).toBeString(),
  )
})
