// Genuine requests of each vendor, signed by node:crypto.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'

export const secret = 'It is a secret to everybody, 32b'
export const secretBase64 = Buffer.from(secret).toString('base64')
const hmac = (key, ...parts) => parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key))
const now = () => Math.floor(Date.now() / 1000)

/** JSON of about `size` bytes that is built like GitHub's: nested objects, URLs, numbers, some text beyond ASCII. */
function jsonOf(size, fields) {
  const commits = []
  const text = () => JSON.stringify({ ...fields, commits })
  while (Buffer.byteLength(text()) < size - 260) {
    const n = commits.length
    commits.push({
      id: `6dcb09b5b57875f334f61aebed695e2e4193db${n.toString().padStart(4, '0')}`,
      message: `Fix all the bugs, part ${n} – really`,
      url: `https://example.com/octo/repo/commit/${n}`,
      author: { name: 'Monalisa Octocat', email: 'octocat@example.com', number: n },
      distinct: true,
      added: ['src/index.ts', `test/part-${n}.test.ts`],
    })
  }
  const short = text()
  const missing = size - Buffer.byteLength(short) - 9
  return missing > 0 ? `${short.slice(0, -1)},"pad":"${'x'.repeat(missing)}"}` : short
}

const common = (body) => ({
  host: 'hooks.example.com',
  accept: '*/*',
  'accept-encoding': 'gzip',
  'content-type': 'application/json',
  'content-length': String(body.length),
})

const post = (headers, body, url = '/webhooks') => ({
  method: 'POST',
  url,
  headers: { ...common(body), ...headers },
  body,
})

const push = {
  ref: 'refs/heads/main',
  before: 'a'.repeat(40),
  after: 'b'.repeat(40),
  repository: { id: 1, full_name: 'octo/repo', pushed_at: 1_767_225_600 },
  pusher: { name: 'octocat' },
  sender: { id: 2, login: 'octocat' },
}

export function githubRequest(size, delivery = '72d3162e-cc78-11e3-81ab-4c9367dc0958', key = secret) {
  const body = Buffer.from(jsonOf(size, push))
  return post(
    {
      'user-agent': 'GitHub-Hookshot/044aadd',
      'x-github-delivery': delivery,
      'x-github-event': 'push',
      'x-github-hook-id': '292430182',
      'x-github-hook-installation-target-id': '79929171',
      'x-github-hook-installation-target-type': 'repository',
      'x-hub-signature': `sha1=${createHmac('sha1', key).update(body).digest('hex')}`,
      'x-hub-signature-256': `sha256=${hmac(key, body).digest('hex')}`,
    },
    body,
  )
}

export function stripeRequest(size, time = now()) {
  const body = Buffer.from(
    jsonOf(size, { id: 'evt_1', object: 'event', type: 'charge.succeeded', created: 1, data: { object: {} } }),
  )
  const signature = `t=${time},v1=${hmac(secret, `${time}.`, body).digest('hex')},v0=${'0'.repeat(64)}`
  return post({ 'user-agent': 'Stripe/1.0', 'stripe-signature': signature }, body)
}

export function standardRequest(size) {
  const body = Buffer.from(jsonOf(size, { type: 'invoice.paid', timestamp: '2026-01-01T00:00:00Z', data: {} }))
  const time = now()
  const headers = { 'webhook-id': 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W', 'webhook-timestamp': String(time) }
  const signature = hmac(secret, `${headers['webhook-id']}.${time}.`, body).digest('base64')
  return post({ ...headers, 'webhook-signature': `v1,${signature}` }, body)
}

export function slackRequest(size) {
  const body = Buffer.from(
    jsonOf(size, {
      type: 'event_callback',
      event_id: 'Ev1',
      team_id: 'T1',
      api_app_id: 'A1',
      event: { type: 'app_mention' },
    }),
  )
  const time = now()
  const signature = `v0=${hmac(secret, `v0:${time}:`, body).digest('hex')}`
  return post({ 'x-slack-request-timestamp': String(time), 'x-slack-signature': signature }, body)
}

export const twilioUrl = 'https://hooks.example.com/sms'
export function twilioRequest(size) {
  const fields = {
    MessageSid: 'SM00000000000000000000000000000001',
    AccountSid: 'AC1',
    From: '+15005550006',
    To: '+15005550001',
    SmsStatus: 'received',
    Body: 'x'.repeat(Math.max(1, size - 140)),
  }
  const input =
    twilioUrl +
    Object.keys(fields)
      .sort()
      .map((name) => name + fields[name])
      .join('')
  const signature = createHmac('sha1', secret).update(input).digest('base64')
  const body = Buffer.from(new URLSearchParams(fields).toString())
  return post({ 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature }, body, '/sms')
}

const ed25519 = generateKeyPairSync('ed25519')
export const discordKey = ed25519.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')
export function discordRequest(size) {
  const body = Buffer.from(
    jsonOf(size, {
      version: 1,
      application_id: '1',
      type: 1,
      event: { type: 'APPLICATION_AUTHORIZED', timestamp: '2026-01-01T00:00:00Z', data: {} },
    }),
  )
  const time = String(now())
  const signature = sign(null, Buffer.concat([Buffer.from(time), body]), ed25519.privateKey).toString('hex')
  return post({ 'x-signature-ed25519': signature, 'x-signature-timestamp': time }, body)
}

export const rsaKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const ecKeys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
export function signedRequest(size, privateKey) {
  const body = Buffer.from(jsonOf(size, { type: 'x' }))
  return post({ 'x-signature': sign('sha256', body, privateKey).toString('base64') }, body)
}
