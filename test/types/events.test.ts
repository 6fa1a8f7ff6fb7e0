import { describe, expectTypeOf, test } from 'vitest'
import type { LightStripeEvents } from '../../src/events/_stripe-light.js'
import type { AwsSnsEvents } from '../../src/events/aws-sns.js'
import type { BitbucketEvents } from '../../src/events/bitbucket.js'
import type { DiscordEvents } from '../../src/events/discord.js'
import type { GitHubEvents } from '../../src/events/github.js'
import type { GitLabEvents } from '../../src/events/gitlab.js'
import type { MandrillEvents } from '../../src/events/mandrill.js'
import type { ShopifyEvents } from '../../src/events/shopify.js'
import type { SlackEvents } from '../../src/events/slack.js'
import type { StripeEvents } from '../../src/events/stripe.js'
import { createReceiver, type EventOf, type PatternOf } from '../../src/index.js'
import { github } from '../../src/providers/github.js'
import { slack } from '../../src/providers/slack.js'
import { stripe } from '../../src/providers/stripe.js'

type Groups<T extends string> = T extends `${infer Head}.${infer Rest}` ? Head | `${Head}.${Groups<Rest>}` : never
/** Names that are an event and a group: `on` could not tell which one is meant. */
type Clash<Events> = Extract<keyof Events & string, Groups<keyof Events & string>>

test('no map has an event that is also a group', () => {
  expectTypeOf<Clash<GitHubEvents>>().toBeNever()
  expectTypeOf<Clash<LightStripeEvents>>().toBeNever()
  expectTypeOf<Clash<StripeEvents>>().toBeNever()
  expectTypeOf<Clash<SlackEvents>>().toBeNever()
  expectTypeOf<Clash<AwsSnsEvents>>().toBeNever()
  expectTypeOf<Clash<BitbucketEvents>>().toBeNever()
  expectTypeOf<Clash<DiscordEvents>>().toBeNever()
  expectTypeOf<Clash<GitLabEvents>>().toBeNever()
  expectTypeOf<Clash<MandrillEvents>>().toBeNever()
  expectTypeOf<Clash<ShopifyEvents>>().toBeNever()
})

describe('an event', () => {
  const receiver = createReceiver(github({ secret: 'sixteen bytes or more' }), { logger: false })

  test('of a name has its payload', () => {
    receiver.on('pull_request.opened', (event) => {
      expectTypeOf(event.type).toEqualTypeOf<'pull_request.opened'>()
      expectTypeOf(event.payload.pull_request.title).toBeString()
      expectTypeOf(event.payload.action).toEqualTypeOf<'opened'>()
    })
  })

  test('of a list is narrowed by its type', () => {
    receiver.on(['push', 'create'], (event) => {
      if (event.type === 'push') expectTypeOf(event.payload.commits).toBeArray()
      else expectTypeOf(event.payload.ref_type).toEqualTypeOf<'tag' | 'branch'>()
    })
  })

  test('of a group is one of its members, with or without the star', () => {
    expectTypeOf<EventOf<typeof receiver, 'issues'>>().toEqualTypeOf<EventOf<typeof receiver, 'issues.*'>>()
    expectTypeOf<EventOf<typeof receiver, 'issues'>['payload']['issue']['number']>().toBeNumber()
    expectTypeOf<'issues.opened'>().toExtend<EventOf<typeof receiver, 'issues'>['type']>()
  })

  test('of a name that the sender chooses is known by its group', () => {
    receiver.on('repository_dispatch.deploy', (event) => {
      expectTypeOf(event.payload.client_payload).not.toBeAny()
    })
  })

  test('of a thin kind has another shape than a snapshot', () => {
    const payments = createReceiver(stripe({ secret: 'sixteen bytes or more' }), { logger: false })
    expectTypeOf<EventOf<typeof payments, 'invoice.paid'>['payload']['object']>().toEqualTypeOf<'event'>()
    expectTypeOf<EventOf<typeof payments, 'v1.invoice.paid'>['payload']['object']>().toEqualTypeOf<'v2.core.event'>()
  })

  test('of Slack stands in its envelope, an interaction by itself', () => {
    const app = createReceiver(slack({ secret: 'sixteen bytes or more' }), { logger: false })
    expectTypeOf<EventOf<typeof app, 'app_mention'>['payload']['event']['text']>().toBeString()
    expectTypeOf<EventOf<typeof app, 'message'>['payload']['event']['type']>().toEqualTypeOf<'message'>()
    expectTypeOf<
      EventOf<typeof app, 'view_submission.settings'>['payload']['type']
    >().toEqualTypeOf<'view_submission'>()
    expectTypeOf<EventOf<typeof app, 'slash_command'>['payload']['text']>().toBeString()
    expectTypeOf<EventOf<typeof app, 'app_rate_limited'>['payload']['minute_rate_limited']>().toBeNumber()
  })
})

test('a misspelt name is an error', () => {
  const receiver = createReceiver(github({ secret: 'sixteen bytes or more' }), { logger: false })
  // @ts-expect-error the group is right, the action is not
  receiver.on('pull_request.openned', () => {})
  // @ts-expect-error the group is not
  receiver.on('isues.*', () => {})
  // @ts-expect-error one of a list is not
  receiver.on(['push', 'creat'], () => {})
  expectTypeOf<'push'>().toExtend<PatternOf<GitHubEvents>>()
  expectTypeOf<'pushed'>().not.toExtend<PatternOf<GitHubEvents>>()
})
