import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createReceiver } from '../../src/index.js'
import { slack } from '../../src/providers/slack.js'
import type { WebhookRequest } from '../../src/types.js'

const secret = '8f742231b10e8888abcd99yyyzzz85a5'
const now = 1_750_000_000_000
const form = 'application/x-www-form-urlencoded'

function delivery(body: string, headers: Record<string, string> = {}, seconds = now / 1000): WebhookRequest {
  const signature = createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex')
  return {
    method: 'POST',
    url: '/slack',
    headers: { 'x-slack-request-timestamp': `${seconds}`, 'x-slack-signature': `v0=${signature}`, ...headers },
    body,
  }
}

const receiverOf = () => createReceiver(slack({ secret }), { clock: () => now, logger: false })
const event = JSON.stringify({ type: 'event_callback', event_id: 'Ev1', event: { type: 'app_mention' } })
const interaction = (value: object): string => `payload=${encodeURIComponent(JSON.stringify(value))}`

describe('an event', () => {
  test.each([
    ['on its first delivery', {}, undefined],
    [
      'on its second retry',
      { 'x-slack-retry-num': '2', 'x-slack-retry-reason': 'http_timeout' },
      { number: 2, reason: 'http_timeout' },
    ],
    ['with a number that is none', { 'x-slack-retry-num': 'x' }, undefined],
  ])('%s tells so', async (_when, headers, retry) => {
    const { events } = await receiverOf().verify(delivery(event, headers))
    expect(events).toEqual([expect.objectContaining({ id: 'Ev1', type: 'app_mention', retry })])
  })

  test('runs once over its retries, which are signed anew', async () => {
    let runs = 0
    const receiver = receiverOf().on('app_mention', () => {
      runs += 1
    })
    await receiver.receive(delivery(event))
    const { outcome } = await receiver.receive(delivery(event, { 'x-slack-retry-num': '1' }, now / 1000 + 60))
    expect([runs, outcome]).toEqual([1, 'duplicate'])
  })

  test('without an id is refused', async () => {
    const body = JSON.stringify({ type: 'event_callback', event: { type: 'app_mention' } })
    expect(
      (
        await receiverOf()
          .onAny(() => {})
          .receive(delivery(body))
      ).status,
    ).toBe(400)
  })
})

describe('what a person does', () => {
  test.each([
    ['a command', 'command=%2Fdeploy&text=', 'slash_command.deploy'],
    ['a command with a dot', 'command=%2Fdeploy.now&text=a+b', 'slash_command.deploy.now'],
    [
      'a button in a view',
      interaction({ type: 'block_actions', view: { callback_id: 'v' }, actions: [{ action_id: 'a' }] }),
      'block_actions.a',
    ],
    ['a view', interaction({ type: 'view_submission', view: { callback_id: 'v' } }), 'view_submission.v'],
    ['a view without a callback', interaction({ type: 'view_closed', view: { callback_id: '' } }), 'view_closed'],
    ['a shortcut', interaction({ type: 'shortcut', callback_id: 's' }), 'shortcut.s'],
    ['a message shortcut', interaction({ type: 'message_action', callback_id: 'm' }), 'message_action.m'],
    [
      'a load of options',
      interaction({ type: 'block_suggestion', action_id: 'o', view: { callback_id: 'v' } }),
      'block_suggestion.o',
    ],
    [
      'an old message button',
      interaction({ type: 'interactive_message', callback_id: 'i', actions: [{ name: 'yes' }] }),
      'interactive_message.i',
    ],
  ])('%s has a type of its own', async (_what, body, type) => {
    const { events } = await receiverOf().verify(delivery(body, { 'content-type': form }))
    expect(events[0]?.type).toBe(type)
  })

  test('counts once for one signed time, and again for another', async () => {
    let runs = 0
    const receiver = receiverOf().on('slash_command', () => {
      runs += 1
    })
    const body = 'command=%2Fdeploy&text=now'
    for (const seconds of [now / 1000, now / 1000, now / 1000 + 1]) await receiver.receive(delivery(body, {}, seconds))
    expect(runs).toBe(2)
  })

  test('is answered by the handler', async () => {
    const receiver = receiverOf().on('block_suggestion.city', (_event, { respond }) =>
      respond({ body: { options: [] } }),
    )
    const body = interaction({ type: 'block_suggestion', action_id: 'city' })
    expect(await receiver.receive(delivery(body))).toMatchObject({ status: 200, body: '{"options":[]}' })
  })

  test('keeps empty fields', async () => {
    const { events } = await receiverOf().verify(delivery('command=%2Fdeploy&text=&user_name='))
    expect(events[0]?.payload).toEqual({ command: '/deploy', text: '', user_name: '' })
  })
})

describe('the URL verification', () => {
  const ask = (challenge: unknown): string => JSON.stringify({ type: 'url_verification', challenge })

  test('is answered after the signature held', async () => {
    const receiver = receiverOf().onAny(() => {
      throw new Error('ran')
    })
    expect(await receiver.receive(delivery(ask('abc')))).toMatchObject({
      status: 200,
      body: 'abc',
      outcome: 'handshake',
    })
    const forged = { ...delivery(ask('abc')), body: ask('abd') }
    expect(await receiver.receive(forged)).toMatchObject({ status: 401, outcome: 'rejected' })
  })

  test.each([['a\nb'], [''], ['x'.repeat(1025)], [1], [undefined]])('does not echo %j', async (challenge) => {
    expect((await receiverOf().receive(delivery(ask(challenge)))).status).toBe(400)
  })
})

describe('the check of the certificate', () => {
  const send = (body: string, type = form) =>
    receiverOf()
      .onAny(() => {
        throw new Error('ran')
      })
      .receive({ method: 'POST', url: '/', headers: { 'content-type': type }, body })

  test('is answered unsigned, and nothing else in it counts', async () => {
    const reply = await send('ssl_check=1&command=%2Fdeploy&payload=%7B%22type%22%3A%22block_actions%22%7D')
    expect(reply).toMatchObject({ status: 200, body: '', outcome: 'handshake', events: [] })
  })

  test('is no event where it is signed', async () => {
    const receiver = receiverOf().onAny(() => {
      throw new Error('ran')
    })
    expect(await receiver.receive(delivery('token=x&ssl_check=1'))).toMatchObject({ status: 200, outcome: 'handshake' })
  })

  test.each([
    ['no check', 'command=%2Fdeploy', form, 401],
    ['a check in JSON', '{"ssl_check":1}', 'application/json', 401],
    ['a form that is longer than one', `ssl_check=1&a=${'x'.repeat(5000)}`, form, 413],
    ['a broken form', 'ssl_check=1&a=%zz', form, 400],
  ])('%s is refused', async (_what, body, type, status) => {
    expect((await send(body, type)).status).toBe(status)
  })
})

test('a token in place of the signing secret is told at once', () => {
  expect(() => slack({ secret: `${'xoxb'}-0123456789` })).toThrow(
    expect.objectContaining({ code: 'ERR_SECRET_INVALID' }),
  )
})
