import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { keyPair, sign } from './_openssl.mjs'
import { NOW } from './_shared.mjs'

const [pair, stranger] = [keyPair('sns.amazonaws.com'), keyPair('sns.amazonaws.com')]
const topic = 'arn:aws:sns:us-west-2:123456789012:orders'
const file = 'SimpleNotificationService-0123456789abcdef0123456789abcdef.pem'
const certUrl = `https://sns.us-west-2.amazonaws.com/${file}`
const order = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']

/** Both packages fetch by https.get: here every URL leads to the one certificate. */
let served = pair.certificate
createRequire(import.meta.url)('node:https').get = (_url, ...rest) => {
  const answer = Object.assign(new EventEmitter(), { statusCode: 200 })
  setImmediate(() => {
    rest.at(-1)(answer)
    answer.emit('data', Buffer.from(served))
    answer.emit('end')
  })
  return new EventEmitter()
}
/** The certificate of a fixture in its place. */
export function serve({ publicKey = pair.certificate }) {
  served = publicKey
}

export const options = { allow: [topic], fetch: async () => new Response(pair.certificate) }
export const timestamp = 3_900_000
export const parsed = ({ body }) => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))

/** A maker for some of the three types of message. */
export const makerOf = (types) =>
  function make(random, { key, time = 0, fields = {}, after = () => ({}) } = {}) {
    const Type = fields.Type ?? random.pick(types)
    const message = { Type, MessageId: random.word(36), TopicArn: topic, Message: random.text(40) }
    message.Timestamp = new Date(NOW + time).toISOString()
    if (Type !== 'Notification')
      Object.assign(message, { Token: random.word(64), SubscribeURL: 'https://sns.us-west-2.amazonaws.com/?x' })
    else if (random.below(2) === 0) message.Subject = random.word(20)
    Object.assign(message, fields)
    const SignatureVersion = random.pick(['1', '2'])
    const lines = order.filter((name) => name in message).map((name) => `${name}\n${message[name]}\n`)
    const Signature = sign(
      SignatureVersion === '1' ? 'sha1' : 'sha256',
      key === undefined ? pair : stranger,
      lines.join(''),
    )
    const UnsubscribeURL = 'https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe'
    const whole = { ...message, SignatureVersion, Signature, SigningCertURL: certUrl, UnsubscribeURL }
    const body = Buffer.from(JSON.stringify({ ...whole, ...after(whole, random) }, undefined, random.below(2) * 2))
    return {
      method: 'POST',
      url: '/hooks',
      headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': Type },
      body,
    }
  }

const changed = (after) => (random, make) => make(random, { after })
const one = (name, value) => changed((message, random) => ({ [name]: value(message[name], random) }))
export const mutations = {
  // Of its id: elsewhere a bit may stand in what is not signed.
  'body: a bit': (random, make) => {
    const request = make(random)
    const at = request.body.indexOf('"MessageId"') + 16 + random.below(20)
    request.body[at] ^= 1 << random.below(7)
    return request
  },
  'message: another text': one('Message', (text) => `${text}x`),
  'message: another id': one('MessageId', (_, random) => random.word(36)),
  'message: another time': one('Timestamp', () => new Date(NOW - 1).toISOString()),
  'message: another type': one('Type', () => 'Notification2'),
  'message: no id': one('MessageId', () => undefined),
  'topic: another one': one('TopicArn', (arn) => `${arn}-theirs`),
  "topic: another one, with AWS's signature": (random, make) =>
    make(random, { fields: { TopicArn: `${topic}-theirs` } }),
  'version: the other one': one('SignatureVersion', (version) => (version === '1' ? '2' : '1')),
  'version: 3': one('SignatureVersion', () => '3'),
  'fields: the border moved': (random, make) =>
    make(random, {
      fields: { Type: 'Notification', Subject: 's', Message: 'pay 1\nMessageId\nfresh\nSubject\nto me' },
      after: ({ MessageId }) => ({
        Message: 'pay 1',
        MessageId: 'fresh',
        Subject: `to me\nMessageId\n${MessageId}\nSubject\ns`,
      }),
    }),
  'text: half a surrogate pair': (random, make) =>
    make(random, { fields: { Message: 'a\ufffdb' }, after: () => ({ Message: 'a\ud800b' }) }),
  'signature: in base64url': one('Signature', (text) =>
    `${text.replaceAll('+', '-').replaceAll('/', '_')}`.replace('==', ''),
  ),
  'signature: with a line break': one('Signature', (text) => `${text.slice(0, 20)}\n${text.slice(20)}`),
  'signature: of another one': one('Signature', (text) => text.split('').reverse().join('')),
  'certificate: from a bucket called sns': one(
    'SigningCertURL',
    () => `https://sns.s3-us-west-2.amazonaws.com/${file}`,
  ),
  'certificate: from another region': one('SigningCertURL', (url) => url.replace('us-west-2', 'eu-west-1')),
  'certificate: by http': one('SigningCertURL', (url) => url.replace('https', 'http')),
  'certificate: from a host that looks alike': one('SigningCertURL', (url) =>
    url.replace('.com/', '.com.evil.example/'),
  ),
}
export const differences = {
  'time: too old, signed': ['theirs', 'a time that is more than 65 minutes old'],
  'time: too new, signed': ['theirs', 'a time that lies more than 65 minutes ahead'],
  "topic: another one, with AWS's signature": ['theirs', 'a topic that is not allowed'],
  'fields: the border moved': ['theirs', 'a line feed in another field than Message'],
  'text: half a surrogate pair': ['theirs', 'half a surrogate pair'],
  'signature: in base64url': ['theirs', 'a signature in base64url or with a line break'],
  'signature: with a line break': ['theirs', 'a signature in base64url or with a line break'],
  'certificate: from a bucket called sns': ['theirs', "a certificate from another host than the topic's own"],
  'certificate: from another region': ['theirs', "a certificate from another host than the topic's own"],
}
export const harmless = ['body: a newline more']
