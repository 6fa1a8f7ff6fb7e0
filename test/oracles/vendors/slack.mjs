import bolt from '@slack/bolt'
import { mac, NOW } from './_shared.mjs'

export const id = 'slack'
export const verifier = '@slack/bolt 5.1.0: verifySlackRequest'
export const total = 10_000
export const options = { secret: '8f742231b10e8888abcd99yyyzzz85a5' }
export const signature = 'x-slack-signature'
export const timestamp = 300_000

/** As its own HTTP receiver calls it. */
export function judge({ headers, body }, { secret }) {
  const time = headers['x-slack-request-timestamp']
  if (time === undefined || headers[signature] === undefined) return false
  bolt.verifySlackRequest({
    signingSecret: secret,
    body: body.toString(),
    headers: { [signature]: headers[signature], 'x-slack-request-timestamp': Number.parseInt(time, 10) },
  })
  return true
}

const seconds = NOW / 1000
const hex = (body, text = seconds, key = options.secret) => mac('sha256', key, 'hex', `v0:${text}:`, body)

function bodyOf(random) {
  const event = JSON.stringify({
    type: 'event_callback',
    event_id: random.word(),
    event: { type: 'message', text: random.text(20) },
  })
  const payload = JSON.stringify({ type: 'block_actions', actions: [{ action_id: random.text(8) }] })
  const command = new URLSearchParams({ command: '/deploy', text: random.text(12), response_url: '' })
  return random.pick([event, `payload=${encodeURIComponent(payload)}`, command.toString()])
}

export function make(random, { key = options.secret, time = 0 } = {}) {
  const body = Buffer.from(bodyOf(random))
  const text = String(Math.trunc((NOW + time) / 1000))
  const headers = { 'x-slack-request-timestamp': text, [signature]: `v0=${hex(body, text, key)}` }
  return { method: 'POST', url: '/hooks', headers, body }
}

const over = (change) => (random) => {
  const { headers, body, ...request } = make(random)
  return { ...request, body, headers: { ...headers, ...change(body, headers) } }
}
const time = (text) => ({ 'x-slack-request-timestamp': text })
export const mutations = {
  'signature: another version': over((body) => ({ [signature]: `v1=${hex(body)}` })),
  'signature: over the body alone': over((body) => ({
    [signature]: `v0=${mac('sha256', options.secret, 'hex', body)}`,
  })),
  'signature: text after it': over((body) => ({ [signature]: `v0=${hex(body)}=and more` })),
  'time: another one': over(() => time(String(seconds - 1))),
  'time: missing': (random) => {
    const { headers, ...request } = make(random)
    return { ...request, headers: { [signature]: headers[signature] } }
  },
  'time: letters after it': over(() => time(`${seconds}abc`)),
  'time: a zero before it': over(() => time(`0${seconds}`)),
  'body: bytes that are no text, signed': (random) => {
    const body = Buffer.from([...Buffer.from(bodyOf(random)), 0xff])
    const text = Buffer.from(body.toString())
    return {
      method: 'POST',
      url: '/hooks',
      headers: { ...time(String(seconds)), [signature]: `v0=${hex(text)}` },
      body,
    }
  },
}
export const differences = {
  'signature: text after it': ['theirs', 'text after the signature'],
  'time: letters after it': ['theirs', 'a time with letters after or zeros before it'],
  'time: a zero before it': ['theirs', 'a time with letters after or zeros before it'],
  'time: too new, signed': ['theirs', 'a time that lies more than 5 minutes ahead'],
  'body: bytes that are no text, signed': ['theirs', 'a body that is not UTF-8, signed as if it were'],
}
/** What is unsigned by design is no question for it. */
export const fixtures = (request) =>
  request.headers[signature] !== undefined && request.expect.code !== 'ERR_HANDSHAKE_INVALID'
