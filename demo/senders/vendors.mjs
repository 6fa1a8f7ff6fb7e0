// One delivery of each further vendor, in the shape of its documentation, signed by its recipe with node:crypto.
import { sign as asymmetric, createHmac, randomBytes, randomUUID } from 'node:crypto'

const PUBLIC_URL = 'https://hooks.example'
const digits = () => String(randomBytes(6).readUIntBE(0, 6))
const seconds = () => String(Math.floor(Date.now() / 1000))

const json = (payload) => ({
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(payload)),
})
const form = (fields) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: Buffer.from(new URLSearchParams(fields).toString()),
})
const mac = (secret, parts, algorithm = 'sha256', encoding = 'hex') => {
  const hmac = createHmac(algorithm, secret)
  for (const part of parts) hmac.update(part)
  return hmac.digest(encoding)
}
const withHeaders = (message, headers) => ({ ...message, headers: { ...message.headers, ...headers } })
const withQuery = (message, query) => ({ ...message, query })
/** The URL, and the fields in the order of their names, glued together. */
const urlAndFields = (path, fields) => [
  PUBLIC_URL + path,
  ...Object.keys(fields)
    .sort()
    .map((name) => name + fields[name]),
]

/** CRC-32 as PayPal signs it. */
function crc32(bytes) {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

const soap = (id) => `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">
  <OrganizationId>00D5e000000KQ2eEAG</OrganizationId>
  <Notification><Id>${id}</Id>
   <sObject xsi:type="sf:Account" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>0015e00000AbcdeAAB</sf:Id></sObject>
  </Notification></notifications></soapenv:Body>
</soapenv:Envelope>`

export const vendors = {
  'aws-eventbridge': {
    how: 'API key in a header',
    make: ({ text }) =>
      withHeaders(json({ version: '0', id: randomUUID(), 'detail-type': 'Order Paid', source: 'shop', detail: {} }), {
        'x-api-key': text,
      }),
  },
  'aws-sns': {
    how: 'RSA-SHA256, pinned certificate',
    make({ rsa }) {
      const fields = {
        Message: 'order 7 is paid',
        MessageId: randomUUID(),
        Timestamp: new Date().toISOString(),
        TopicArn: 'arn:aws:sns:eu-central-1:123456789012:orders',
        Type: 'Notification',
      }
      const signed = Object.entries(fields).map(([name, value]) => `${name}\n${value}\n`)
      const message = json({
        ...fields,
        SignatureVersion: '2',
        Signature: asymmetric('sha256', Buffer.from(signed.join('')), rsa).toString('base64'),
        SigningCertURL: 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0000.pem',
      })
      return withHeaders(message, { 'x-amz-sns-message-type': 'Notification' })
    },
  },
  'azure-devops': {
    how: 'basic authentication',
    make: ({ text }) =>
      withHeaders(json({ id: randomUUID(), eventType: 'git.push', publisherId: 'tfs', resource: {} }), {
        authorization: `Basic ${Buffer.from(`demo:${text}`).toString('base64')}`,
      }),
  },
  'azure-event-grid': {
    how: 'token in a header',
    make: ({ text }) =>
      withHeaders(
        json([
          {
            id: randomUUID(),
            eventType: 'Microsoft.Storage.BlobCreated',
            subject: '/a',
            eventTime: new Date(),
            data: {},
          },
        ]),
        {
          'aeg-event-type': 'Notification',
          'x-hook-token': text,
        },
      ),
  },
  'azure-monitor': {
    how: 'token in the URL',
    make({ text }) {
      const essentials = {
        alertId: `/subscriptions/s/alerts/${randomUUID()}`,
        monitorCondition: 'Fired',
        firedDateTime: new Date().toISOString(),
      }
      return withQuery(
        json({ schemaId: 'azureMonitorCommonAlertSchema', data: { essentials, alertContext: {} } }),
        `token=${text}`,
      )
    },
  },
  bitbucket: {
    how: 'HMAC-SHA256',
    make({ text }) {
      const message = json({ push: { changes: [] }, actor: {}, repository: { full_name: `acme/${digits()}` } })
      return withHeaders(message, {
        'x-event-key': 'repo:push',
        'x-request-uuid': randomUUID(),
        'x-hub-signature': `sha256=${mac(text, [message.body])}`,
      })
    },
  },
  circleci: {
    how: 'HMAC-SHA256',
    make({ text }) {
      const message = json({ id: randomUUID(), type: 'workflow-completed', happened_at: new Date().toISOString() })
      return withHeaders(message, { 'circleci-signature': `v1=${mac(text, [message.body])}` })
    },
  },
  discord: {
    how: 'Ed25519',
    success: 204,
    make({ ed25519 }) {
      const message = json({
        id: digits(),
        type: 2,
        application_id: '1',
        token: 't',
        version: 1,
        data: { name: 'ping' },
      })
      const timestamp = seconds()
      const signature = asymmetric(null, Buffer.concat([Buffer.from(timestamp), message.body]), ed25519)
      return withHeaders(message, {
        'x-signature-timestamp': timestamp,
        'x-signature-ed25519': signature.toString('hex'),
      })
    },
  },
  dropbox: {
    how: 'HMAC-SHA256',
    make({ text }) {
      const message = json({ list_folder: { accounts: [`dbid:${randomUUID()}`] }, delta: { users: [12345678] } })
      return withHeaders(message, { 'x-dropbox-signature': mac(text, [message.body]) })
    },
  },
  gitlab: {
    how: 'HMAC-SHA256, signing token',
    make({ whsec }) {
      const message = json({ object_kind: 'push', event_name: 'push', after: randomBytes(20).toString('hex') })
      const [id, timestamp] = [randomUUID(), seconds()]
      const key = Buffer.from(whsec.slice('whsec_'.length), 'base64')
      return withHeaders(message, {
        'x-gitlab-event': 'Push Hook',
        'idempotency-key': id,
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${mac(key, [`${id}.${timestamp}.`, message.body], 'sha256', 'base64')}`,
      })
    },
  },
  hookdeck: {
    how: 'HMAC-SHA256',
    make({ text }) {
      const message = json({ order: digits() })
      return withHeaders(message, {
        'x-hookdeck-eventid': `evt_${digits()}`,
        'x-hookdeck-source-name': 'shop',
        'x-hookdeck-signature': mac(text, [message.body], 'sha256', 'base64'),
      })
    },
  },
  hubspot: {
    how: 'HMAC-SHA256 with URL and time',
    make({ text }) {
      const event = { eventId: Number(digits()), subscriptionId: 1, portalId: 2, objectId: 3, occurredAt: Date.now() }
      const message = json([{ ...event, subscriptionType: 'contact.creation', attemptNumber: 0 }])
      const timestamp = String(Date.now())
      const signed = ['POST', `${PUBLIC_URL}/hubspot`, message.body, timestamp]
      return withHeaders(message, {
        'x-hubspot-request-timestamp': timestamp,
        'x-hubspot-signature-v3': mac(text, signed, 'sha256', 'base64'),
      })
    },
  },
  jenkins: {
    how: 'token in the URL',
    make({ text }) {
      const number = Number(digits())
      const build = { full_url: `https://ci.example/job/api/${number}/`, number, phase: 'COMPLETED', status: 'SUCCESS' }
      return withQuery(json({ name: 'api', url: 'job/api/', build }), `token=${text}`)
    },
  },
  mailchimp: {
    how: 'token in the URL',
    make: ({ text }) =>
      withQuery(form({ type: 'subscribe', fired_at: '2026-03-26 21:35:57', 'data[id]': digits() }), `token=${text}`),
  },
  mandrill: {
    how: 'HMAC-SHA1 with URL and fields',
    make({ text }) {
      const fields = { mandrill_events: JSON.stringify([{ event: 'click', ts: 1365109999, _id: digits(), msg: {} }]) }
      return withHeaders(form(fields), {
        'x-mandrill-signature': mac(text, urlAndFields('/mandrill', fields), 'sha1', 'base64'),
      })
    },
  },
  meta: {
    how: 'HMAC-SHA256',
    make({ text }) {
      const value = { messaging_product: 'whatsapp', messages: [{ id: `wamid.${digits()}`, from: '1', type: 'text' }] }
      const entry = [{ id: '8856996819413533', changes: [{ field: 'messages', value }] }]
      const message = json({ object: 'whatsapp_business_account', entry })
      return withHeaders(message, { 'x-hub-signature-256': `sha256=${mac(text, [message.body])}` })
    },
  },
  paypal: {
    how: 'RSA-SHA256 over a CRC, pinned key',
    make({ rsa }) {
      const message = json({ id: `WH-${digits()}`, event_type: 'PAYMENT.SALE.COMPLETED', resource: {} })
      const [id, time] = [randomUUID(), new Date().toISOString()]
      const signed = `${id}|${time}|4JH86294D6297924G|${crc32(message.body)}`
      return withHeaders(message, {
        'paypal-transmission-id': id,
        'paypal-transmission-time': time,
        'paypal-auth-algo': 'SHA256withRSA',
        'paypal-cert-url': 'https://api.paypal.com/v1/notifications/certs/CERT-demo',
        'paypal-transmission-sig': asymmetric('sha256', Buffer.from(signed), rsa).toString('base64'),
      })
    },
  },
  pusher: {
    how: 'HMAC-SHA256',
    make({ text }) {
      const message = json({ time_ms: Date.now(), events: [{ name: 'channel_occupied', channel: `c${digits()}` }] })
      return withHeaders(message, { 'x-pusher-key': 'demo-key', 'x-pusher-signature': mac(text, [message.body]) })
    },
  },
  salesforce: {
    how: 'token in the URL, organization',
    make: ({ text }) => ({
      headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
      body: Buffer.from(soap(`04l5e${digits()}`)),
      query: `token=${text}`,
    }),
  },
  shopify: {
    how: 'HMAC-SHA256',
    make({ text }) {
      const message = json({ id: Number(digits()), title: 'IPod Nano', updated_at: new Date() })
      return withHeaders(message, {
        'x-shopify-topic': 'products/update',
        'x-shopify-shop-domain': 'acme.myshopify.com',
        'x-shopify-webhook-id': randomUUID(),
        'x-shopify-hmac-sha256': mac(text, [message.body], 'sha256', 'base64'),
      })
    },
  },
  'travis-ci': {
    how: 'RSA-SHA1, pinned key',
    make({ rsa }) {
      const times = { started_at: '2026-02-14T05:55:49Z', finished_at: '2026-02-14T05:56:19Z' }
      const repository = { id: 1, name: 'api', owner_name: 'acme' }
      const payload = JSON.stringify({ id: Number(digits()), type: 'push', state: 'passed', ...times, repository })
      return withHeaders(form({ payload }), {
        'travis-repo-slug': 'acme/api',
        signature: asymmetric('sha1', Buffer.from(payload), rsa).toString('base64'),
      })
    },
  },
  trello: {
    how: 'HMAC-SHA1 with URL',
    make({ text }) {
      const message = json({
        action: { id: digits(), type: 'updateCard', date: new Date(), data: {} },
        model: { id: '4d5ea62f' },
      })
      return withHeaders(message, {
        'x-trello-webhook': mac(text, [message.body, `${PUBLIC_URL}/trello`], 'sha1', 'base64'),
      })
    },
  },
  twilio: {
    how: 'HMAC-SHA1 with URL and fields',
    make({ text }) {
      const fields = { MessageSid: `SM${randomBytes(16).toString('hex')}`, From: '+14158675309', Body: 'Hallo Zoë' }
      return withHeaders(form(fields), {
        'i-twilio-idempotency-token': randomUUID(),
        'x-twilio-signature': mac(text, urlAndFields('/twilio', fields), 'sha1', 'base64'),
      })
    },
  },
  zendesk: {
    how: 'HMAC-SHA256',
    make({ text }) {
      const message = json({
        id: randomUUID(),
        type: 'zen:event-type:ticket.created',
        subject: 'zen:ticket:13',
        detail: {},
      })
      const timestamp = new Date().toISOString()
      return withHeaders(message, {
        'x-zendesk-webhook-signature-timestamp': timestamp,
        'x-zendesk-webhook-signature': mac(text, [timestamp, message.body], 'sha256', 'base64'),
      })
    },
  },
}
