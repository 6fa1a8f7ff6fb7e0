import * as xml5 from 'fast-xml-parser'
import * as xml4 from 'fast-xml-parser4'
import { describe, expect, test } from 'vitest'
import { createReceiver } from '../../src/index.js'
import { awsEventbridge } from '../../src/providers/aws-eventbridge.js'
import { azureDevops } from '../../src/providers/azure-devops.js'
import { azureEventGrid } from '../../src/providers/azure-event-grid.js'
import { azureMonitor } from '../../src/providers/azure-monitor.js'
import { jenkins } from '../../src/providers/jenkins.js'
import { salesforce } from '../../src/providers/salesforce.js'
import type { XmlPackage, XmlParserOptions } from '../../src/schemes/xml.js'
import type { Provider, WebhookReply } from '../../src/types.js'

const token = 'a3f8c1d27b9e4056a3f8c1d27b9e4056'
const ORG = '00D5e000000KQ2eEAG'
const packages = [
  ['fast-xml-parser 5', xml5],
  ['fast-xml-parser 4', xml4],
] as const

function receive(
  provider: Provider,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<WebhookReply> {
  const receiver = createReceiver(provider, { logger: false, maxBodyBytes: 16 * 1024 * 1024 }).onAny(() => undefined)
  return receiver.receive({ method: 'POST', url: `/hooks?token=${token}`, headers, body })
}

const soap = (inside: string, before = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>${before}<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>${ORG}</OrganizationId>${inside}</notifications></e:Body></e:Envelope>`
const notification = (id: string, name = 'Acme'): string =>
  `<Notification><Id>${id}</Id><sObject xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="sf:Account"><Name>${name}</Name></sObject></Notification>`
const good = soap(notification('04l1'))

const laughs = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')
const utf16 = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])

const bombs: readonly (readonly [string, string | Uint8Array])[] = [
  ['a billion laughs', soap(notification('04l1', '&l10;'), `<!DOCTYPE x [<!ENTITY l0 "ha">${laughs}]>`)],
  [
    'a quadratic blow-up',
    soap(notification('04l1', '&a;'.repeat(10_000)), `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(100_000)}">]>`),
  ],
  ['an external entity', soap(notification('04l1', '&e;'), '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')],
  [
    'an external entity by http',
    soap(notification('04l1', '&e;'), '<!DOCTYPE x [<!ENTITY e SYSTEM "http://169.254.169.254/">]>'),
  ],
  ['an external document type', soap(notification('04l1'), '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">')],
  ['a parameter entity', soap(notification('04l1'), '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/x">%p;]>')],
  ['an empty document type', soap(notification('04l1'), '<!DOCTYPE x>')],
  ['a document type in small letters', soap(notification('04l1'), '<!doctype x [<!ENTITY e "x">]>')],
  ['a document type behind a comment', soap(notification('04l1'), '<!-- --><!DOCTYPE x [<!ENTITY e "x">]>')],
  [
    'a document type behind an instruction with quotes',
    soap(notification('04l1'), '<?x "?><!DOCTYPE x [<!ENTITY e "x">]>"?>'),
  ],
  ['a document type inside an element', soap(`<!DOCTYPE x [<!ENTITY e "x">]>${notification('04l1')}`)],
  ['a document type behind a short comment', soap(notification('04l1'), '<!--><!DOCTYPE x [<!ENTITY e "x">]>')],
  ['UTF-16 with a document type', utf16(good.replace('?>', '?><!DOCTYPE x [<!ENTITY e "x">]>'))],
  ['UTF-16', utf16(good)],
  ['another encoding by declaration', good.replace('UTF-8', 'UTF-7')],
  ['depths of 100,000', soap(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`)],
  ['depths of 100,000, never closed', soap('<a>'.repeat(100_000))],
  ['a million comments, none closed', soap('<!--'.repeat(1_000_000))],
  ['a million CDATA sections, none closed', soap('<![CDATA['.repeat(1_000_000))],
  ['a million instructions, none closed', soap('<?'.repeat(1_000_000))],
  ['a tag that never ends', soap(`<a ${'x="1" '.repeat(200_000)}`)],
  ['quotes that never end', soap(`<a ${'x="'.repeat(200_000)}`)],
  ['a million angle brackets', soap('<'.repeat(1_000_000))],
  ['a NUL', soap(notification('04l1', '\0'))],
  ['tags that do not match', soap('<a></b>')],
  ['an attribute twice', soap('<a x="1" x="2"/>')],
  ['no XML', 'hello'],
  ['nothing', ''],
  ['invalid UTF-8', Buffer.concat([Buffer.from(good), Buffer.from([0xff])])],
]

describe.each(packages)('XML with %s', (_name, xml) => {
  const provider = (): Provider => salesforce({ token, xml, allow: ORG })

  test.each(bombs)('%s: 400, at once', async (_bomb, body) => {
    const begin = performance.now()
    const reply = await receive(provider(), body)
    expect(reply).toMatchObject({ status: 400, outcome: 'rejected' })
    expect(performance.now() - begin).toBeLessThan(2000)
  })

  test('without the token nothing is parsed', async () => {
    let parsed = 0
    const XMLParser = class {
      readonly #parser: InstanceType<XmlPackage['XMLParser']>
      constructor(options: XmlParserOptions) {
        this.#parser = new xml.XMLParser(options)
      }
      parse(text: string): unknown {
        parsed += 1
        return this.#parser.parse(text)
      }
    }
    const receiver = createReceiver(salesforce({ token, xml: { XMLParser }, allow: ORG }), { logger: false })
    const statusOf = async (url: string): Promise<number> =>
      (await receiver.receive({ method: 'POST', url, headers: {}, body: good })).status
    expect([await statusOf('/hooks'), await statusOf('/hooks?token=another'), parsed]).toEqual([401, 401, 0])
    expect([await statusOf(`/hooks?token=${token}`), parsed > 0]).toEqual([200, true])
  })

  test('what Salesforce sends is accepted, and acknowledged as it wants', async () => {
    const reply = await receive(provider(), good)
    expect(reply).toMatchObject({ status: 200, outcome: 'handled', events: [{ id: '04l1', outcome: 'handled' }] })
    expect(reply.headers['content-type']).toBe('text/xml; charset=utf-8')
    expect(reply.body).toContain(
      '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>',
    )
  })

  test('text arrives as it was written: entities of XML, references, CDATA, comments, no numbers made of it', async () => {
    const name = 'A &amp; B &lt;&#228;&#xe4;&gt; <!-- not this --><![CDATA[<b>&amp;]]>'
    const seen: unknown[] = []
    const receiver = createReceiver(provider(), { logger: false }).onAny(({ payload }) => void seen.push(payload))
    const body = soap(notification('0410', name))
    await receiver.receive({ method: 'POST', url: `/hooks?token=${token}`, headers: {}, body })
    expect(seen).toMatchObject([
      {
        Id: '0410',
        OrganizationId: ORG,
        sObject: { Name: expect.stringMatching(/^A & B <ää> ?<b>&amp;$/), '@type': 'sf:Account' },
      },
    ])
  })

  test.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty'])(
    'an element named %s pollutes nothing',
    async (element) => {
      await receive(provider(), soap(`<${element}><polluted>1</polluted></${element}>${notification('04l1')}`))
      expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    },
  )

  test('every notification of a full message is an event of its own', async () => {
    const ids = Array.from({ length: 100 }, (_, i) => `04l${i}`)
    const reply = await receive(provider(), soap(ids.map((id) => notification(id)).join('')))
    expect(reply.status).toBe(200)
    expect(reply.events.map(({ id }) => id)).toEqual(ids)
  })

  test('Jenkins, which sends XML or JSON, refuses the same', async () => {
    const reply = await receive(
      jenkins({ token, xml }),
      '<!DOCTYPE x [<!ENTITY e "x">]><job><build><phase>&e;</phase></build></job>',
    )
    expect(reply.status).toBe(400)
  })
})

test('XML without a parser fails loudly, and JSON does not need one', async () => {
  const reply = await receive(jenkins({ token }), '<job/>')
  expect(reply.status).toBe(500)
  expect(() => salesforce({ token, allow: ORG, xml: undefined as never })).toThrow(
    expect.objectContaining({ code: 'ERR_PEER_MISSING' }),
  )
  const json = await receive(jenkins({ token }), JSON.stringify({ id: '1', type: 'a.b' }))
  expect(json.status).toBe(200)
})

const deep = (depth: number, inside = '1'): string => `${'['.repeat(depth)}${inside}${']'.repeat(depth)}`
const deepObject = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

describe('JSON', () => {
  const providers: readonly (readonly [string, Provider, (rest: string) => string])[] = [
    ['aws-eventbridge', awsEventbridge({ token }), (rest) => `{"id":"1","detail-type":"x","detail":${rest}}`],
    ['azure-devops', azureDevops({ token }), (rest) => `{"id":"1","eventType":"git.push","resource":${rest}}`],
    ['azure-event-grid', azureEventGrid({ token }), (rest) => `[{"id":"1","eventType":"x","data":${rest}}]`],
    ['jenkins', jenkins({ token }), (rest) => `{"id":"1","type":"x","data":${rest}}`],
  ]

  test.each(providers)(
    '%s: 100,000 deep is no problem, or 400, and never an error of ours',
    async (_name, provider, around) => {
      for (const body of [
        around(deep(100_000)),
        around(deepObject(100_000)),
        around(deep(100_000, '{"__proto__":1}')),
      ]) {
        expect([200, 400]).toContain((await receive(provider, body)).status)
      }
      expect((await receive(provider, deep(100_000))).status).toBe(400)
      expect((await receive(provider, `${'['.repeat(100_000)}`)).status).toBe(400)
    },
  )

  test.each([
    'null',
    '1',
    '"text"',
    '[]',
    '{}',
    '[null]',
    '[[]]',
    'true',
    '{"id":null}',
    '{"id":{}}',
    '{"id":""}',
    '[{"id":[1]}]',
  ])('%s is answered, not thrown', async (body) => {
    for (const [, provider] of providers) {
      const { status } = await receive(provider, body)
      expect([200, 400]).toContain(status)
    }
    expect([200, 400]).toContain((await receive(azureMonitor({ token }), body)).status)
  })
})
