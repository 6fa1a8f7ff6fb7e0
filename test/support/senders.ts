import { createSign } from 'node:crypto'
import type { WebhookRequest } from '../../src/types.js'
import type { Issued } from './authority.js'

// What vendors' own machines would send, signed with keys of the test's own making; nothing of the library takes part.

/** zlib's CRC-32, bit by bit. */
function crc32(text: string): number {
  let value = 0xffffffff
  for (const byte of Buffer.from(text)) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}

export interface PayPalDelivery {
  readonly webhookId: string
  readonly certUrl: string
  readonly key: Issued
  readonly id?: string
  readonly body?: string
}

export function paypalDelivery({ webhookId, certUrl, key, id = 'WH-1', body }: PayPalDelivery): WebhookRequest {
  const text = body ?? JSON.stringify({ id, event_type: 'PAYMENT.SALE.COMPLETED', resource: {} })
  const transmission = 'dfb3be50-fd74-11e4-8bf3-77339302725b'
  const time = '2026-05-18T15:45:13Z'
  const signed = `${transmission}|${time}|${webhookId}|${crc32(text)}`
  return {
    method: 'POST',
    url: '/paypal',
    headers: {
      'content-type': 'application/json',
      'paypal-auth-algo': 'SHA256withRSA',
      'paypal-cert-url': certUrl,
      'paypal-transmission-id': transmission,
      'paypal-transmission-time': time,
      'paypal-transmission-sig': createSign('sha256').update(signed).sign(key.key, 'base64'),
    },
    body: text,
  }
}

export interface SnsDelivery {
  readonly topic: string
  readonly certUrl: unknown
  readonly key: Issued
  readonly version?: '1' | '2'
  readonly type?: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation'
  readonly time?: string
  readonly fields?: Readonly<Record<string, unknown>>
}

export function snsDelivery(delivery: SnsDelivery): WebhookRequest {
  const { topic, certUrl, key, version = '2', type = 'Notification', time = '2026-05-18T15:45:13.000Z' } = delivery
  const confirmation = { Token: '2336412f37fb', SubscribeURL: 'https://sns.us-west-2.amazonaws.com/?Action=X' }
  const message: Record<string, unknown> = {
    Type: type,
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: topic,
    Message: 'hello',
    Timestamp: time,
    ...(type === 'Notification' ? {} : confirmation),
    ...delivery.fields,
  }
  const names = Object.keys(message).sort()
  const signed = names.filter((name) => message[name] != null).map((name) => `${name}\n${message[name]}\n`)
  const algorithm = version === '1' ? 'sha1' : 'sha256'
  const signature = createSign(algorithm).update(signed.join('')).sign(key.key, 'base64')
  return {
    method: 'POST',
    url: '/sns',
    headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': type },
    body: JSON.stringify({
      ...message,
      SignatureVersion: version,
      Signature: signature,
      SigningCertURL: certUrl,
      UnsubscribeURL: 'https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe',
    }),
  }
}
