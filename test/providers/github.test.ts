import { createHmac } from 'node:crypto'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { createReceiver } from '../../src/index.js'
import { github } from '../../src/providers/github.js'
import type { WebhookRequest } from '../../src/types.js'

const secret = "It's a Secret to Everybody"
const provider = github({ secret })
type Payload = { readonly action?: string }
// Its declarations say `export default`, its file is JSON.
const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
  readonly name: string
  readonly examples: readonly Payload[]
}[]
const payloads = examples.flatMap(({ name, examples: all }) => all.map((payload) => ({ event: name, payload })))

function delivery(event: string, payload: object, id: string): WebhookRequest {
  const body = JSON.stringify(payload)
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  return {
    method: 'POST',
    url: '/github',
    headers: { 'x-github-event': event, 'x-github-delivery': id, 'x-hub-signature-256': `sha256=${signature}` },
    body,
  }
}

/** How often a handler for everything runs when the same bytes come under two ids. */
async function runsOf(event: string, payload: object): Promise<number> {
  let runs = 0
  const receiver = createReceiver(provider, { logger: false }).onAny(() => {
    runs += 1
  })
  for (const id of ['the-first-id', 'a-fresh-id']) {
    expect((await receiver.receive(delivery(event, payload, id))).status).toBe(200)
  }
  return runs
}

function payloadOf(event: string, action?: string): object {
  const found = payloads.find((one) => one.event === event && one.payload.action === action)
  if (found === undefined) throw new Error(`no example of ${event}.${action}`)
  return found.payload
}

test('all payload examples are events of their own type', async () => {
  const receiver = createReceiver(provider, { store: false, logger: false })
  const types: string[] = []
  receiver.onAny((event) => types.push(event.type))
  for (const [index, { event, payload }] of payloads.entries())
    await receiver.receive(delivery(event, payload, `${index}`))
  expect(types).toEqual(
    payloads.map(({ event, payload }) => (payload.action === undefined ? event : `${event}.${payload.action}`)),
  )
  expect(types).toHaveLength(329)
})

test('an alert that is given to somebody holds neither a commit nor a branch', async () => {
  const { ref: _, commit_oid: __, ...rest } = payloadOf('code_scanning_alert', 'fixed') as Record<string, unknown>
  const receiver = createReceiver(provider, { store: false, logger: false }).onAny(() => {})
  const { outcome } = await receiver.receive(
    delivery('code_scanning_alert', { ...rest, action: 'updated_assignment' }, '1'),
  )
  expect(outcome).toBe('handled')
})

describe('a genuine body under another event name', () => {
  test('is refused, but for bodies that hold nothing but repository and sender', async () => {
    const names = [...new Set(payloads.map(({ event }) => event))]
    const receiver = createReceiver(provider, { store: false, logger: false }).onAny(() => {})
    const passed = new Set<string>()
    let refused = 0
    for (const { event, payload } of payloads) {
      for (const name of names.filter((other) => other !== event)) {
        const { status } = await receiver.receive(delivery(name, payload, '1'))
        if (status === 400) refused += 1
        else passed.add(`${event} as ${name}`)
      }
    }
    expect([...passed].sort()).toEqual(['repository as watch', 'watch as repository'])
    console.log(`github: ${refused} bodies under another name refused`)
    expect(refused).toBe(329 * 57 - 16)
  })

  test.each([
    ['no name', ''],
    ['a name of Object.prototype', 'constructor'],
    ['a deleted repository, by a deleted label', 'repository'],
    ['a name with a dot', 'repository.deleted'],
  ])('%s', async (_what, name) => {
    const receiver = createReceiver(provider, { store: false, logger: false }).on('repository', () => {
      throw new Error('ran')
    })
    const { outcome } = await receiver.receive(delivery(name, payloadOf('label', 'deleted'), '1'))
    expect(outcome).toBe(name === 'constructor' ? 'unhandled' : 'rejected')
  })

  test.each(['pull_request.opened', 'pull_request.', 'pull_request.closed.x'])(
    'is refused where a dot would make it one of another group: %s',
    async (name) => {
      const types: string[] = []
      const receiver = createReceiver(provider, { logger: false }).on('pull_request', ({ type }) => types.push(type))
      const payload = payloadOf('pull_request', 'closed')
      await receiver.receive(delivery('pull_request', payload, '1'))
      expect((await receiver.receive(delivery(name, payload, '2'))).outcome).toBe('rejected')
      expect(types).toEqual(['pull_request.closed'])
    },
  )

  test('an event that is not known yet passes', async () => {
    const receiver = createReceiver(provider, { store: false, logger: false }).onAny(() => {})
    expect((await receiver.receive(delivery('sub_issues', { action: 'added' }, '1'))).outcome).toBe('handled')
  })
})

describe('the same bytes under a fresh delivery id', () => {
  test.each([
    ['push', undefined],
    ['pull_request', 'opened'],
    ['pull_request', 'synchronize'],
    ['issues', 'labeled'],
    ['issue_comment', 'created'],
    ['workflow_run', 'completed'],
    ['check_run', 'completed'],
    ['release', 'published'],
    ['star', 'created'],
  ])('%s %s run once: the body is its own stamp', async (event, action) => {
    expect(await runsOf(event, payloadOf(event, action))).toBe(1)
  })

  test.each([
    ['membership', 'added'],
    ['member', 'added'],
    ['star', 'deleted'],
    ['watch', 'started'],
    ['check_run', 'rerequested'],
    ['issues', 'pinned'],
    ['ping', undefined],
  ])('%s %s run twice: they may honestly be two', async (event, action) => {
    expect(await runsOf(event, payloadOf(event, action))).toBe(2)
  })

  test('a body without its stamp runs twice', async () => {
    expect(await runsOf('push', { ...payloadOf('push'), repository: {} })).toBe(2)
    expect(await runsOf('check_run', { action: 'completed', check_run: { completed_at: null } })).toBe(2)
  })
})

test('a redelivery of a failed event runs, of a done one does not', async () => {
  let fails = true
  const receiver = createReceiver(provider, { logger: false }).on('push', () => {
    if (fails) throw new Error('down')
  })
  const request = delivery('push', payloadOf('push'), 'one-id')
  expect((await receiver.receive(request)).outcome).toBe('failed')
  fails = false
  expect((await receiver.receive(request)).outcome).toBe('handled')
  expect((await receiver.receive(request)).outcome).toBe('duplicate')
})

test('a missing delivery id is refused where it is the key', async () => {
  const receiver = createReceiver(provider, { logger: false }).onAny(() => {})
  const { headers, ...rest } = delivery('membership', payloadOf('membership', 'added'), 'x')
  const { 'x-github-delivery': _, ...others } = headers as Record<string, string>
  expect((await receiver.receive({ ...rest, headers: others })).status).toBe(400)
})

test('the decisions about bodies and repeats agree with all examples', async () => {
  const { problems } = (await import('../../scripts/github-events.mjs' as string)) as { problems(): string[] }
  expect(problems()).toEqual([])
})
