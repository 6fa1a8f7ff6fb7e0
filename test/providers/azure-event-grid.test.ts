import { describe, expect, test } from 'vitest'
import { createReceiver } from '../../src/index.js'
import { azureEventGrid } from '../../src/providers/azure-event-grid.js'
import type { Provider, WebhookReply } from '../../src/types.js'

const token = 'a3f8c1d27b9e4056a3f8c1d27b9e4056'

function receive(
  provider: Provider,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<WebhookReply> {
  const receiver = createReceiver(provider, { logger: false, maxBodyBytes: 16 * 1024 * 1024 }).onAny(() => undefined)
  return receiver.receive({ method: 'POST', url: `/hooks?token=${token}`, headers, body })
}

describe('Event Grid in bulk', () => {
  const event = (n: number): object => ({
    id: `e${n}`,
    eventType: 'Acme.Ordered',
    subject: 's',
    eventTime: '2026-01-01T00:00:00Z',
    data: { n },
    topic: '/t',
  })
  const cloud = (n: number): object => ({
    specversion: '1.0',
    id: `e${n}`,
    source: '/t',
    type: 'Acme.Ordered',
    data: { n },
  })

  test.each([
    ['Event Grid schema', event],
    ['CloudEvents', cloud],
  ])('a batch of 5,000 in the %s runs each once, and not again when it is sent again', async (_name, make) => {
    let runs = 0
    const receiver = createReceiver(azureEventGrid({ token }), { logger: false }).on('Acme.*', () => {
      runs += 1
    })
    const body = JSON.stringify(Array.from({ length: 5000 }, (_, n) => make(n)))
    const request = { method: 'POST', url: `/hooks?token=${token}`, headers: {}, body }
    const reply = await receiver.receive(request)
    expect(reply).toMatchObject({ status: 200, outcome: 'handled' })
    expect(reply.events).toHaveLength(5000)
    expect(reply.events.at(-1)?.id).toBe('/t e4999')
    expect(runs).toBe(5000)
    expect(await receiver.receive(request)).toMatchObject({ status: 200, outcome: 'duplicate' })
    expect(runs).toBe(5000)
  })

  test.each([
    ['sources', cloud, { source: '/other' }],
    ['topics', event, { topic: '/other' }],
  ])('two %s may use one id: those are two events', async (_name, make, other) => {
    let runs = 0
    const receiver = createReceiver(azureEventGrid({ token }), { logger: false }).onAny(() => {
      runs += 1
    })
    const body = JSON.stringify([make(1), { ...make(1), ...other }, make(1)])
    await receiver.receive({ method: 'POST', url: `/hooks?token=${token}`, headers: {}, body })
    expect(runs).toBe(2)
  })

  test.each(['<script>alert(1)</script>\n', 'x'.repeat(1025), '', 7, null, { a: 1 }, 'a\u202eb', 'a\0b'])(
    'the validation code %j is not sent back',
    async (validationCode) => {
      const validation = {
        id: '1',
        eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
        data: { validationCode },
      }
      const reply = await receive(azureEventGrid({ token }), JSON.stringify([validation]))
      expect(reply.outcome).not.toBe('handshake')
      expect(String(reply.body)).not.toContain('validationResponse')
    },
  )

  test('a validation code is answered as JSON that no browser takes for a page, and only after the token', async () => {
    const code = '<b>512d38b6</b>'
    const body = JSON.stringify([
      { id: '1', eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent', data: { validationCode: code } },
    ])
    const reply = await receive(azureEventGrid({ token }), body)
    expect(reply).toMatchObject({
      status: 200,
      outcome: 'handshake',
      body: JSON.stringify({ validationResponse: code }),
    })
    expect(reply.headers).toMatchObject({ 'content-type': 'application/json', 'x-content-type-options': 'nosniff' })
    const receiver = createReceiver(azureEventGrid({ token }), { logger: false })
    const stranger = await receiver.receive({ method: 'POST', url: '/hooks?token=b', headers: {}, body })
    expect(stranger).toMatchObject({ status: 401, outcome: 'rejected' })
    expect(String(stranger.body)).not.toContain('512d')
  })

  test.each([
    ['eventgrid.azure.net', 200],
    ['evil.example', 403],
    ['eventgrid.azure.net.evil.example', 403],
    ['EVENTGRID.AZURE.NET', 403],
    ['*', 400],
    ['eventgrid.azure.net\r\nset-cookie: a=b', 400],
    ['', 400],
    [undefined, 400],
  ])('the origin %j asks to deliver CloudEvents: %i', async (origin, status) => {
    const receiver = createReceiver(azureEventGrid({ token }), { logger: false })
    const headers =
      origin === undefined
        ? {}
        : { 'webhook-request-origin': origin, 'webhook-request-callback': 'https://evil.example/' }
    const reply = await receiver.receive({ method: 'OPTIONS', url: '/hooks', headers, body: '' })
    expect(reply.status).toBe(status)
    expect(reply.headers['webhook-allowed-origin']).toBe(status === 200 ? origin : undefined)
  })
})
