import Pusher from 'pusher'
import { JSON_TYPE, mac, NOW } from './_shared.mjs'

export const id = 'pusher'
export const verifier = 'pusher 5.2.0: webhook().isValid()'
export const options = { secret: { id: '278d425bdf160c739803', value: '7ad3773142a6692b25b8' } }
export const signature = 'x-pusher-signature'
export const timestamp = 900_000

export function judge({ headers, body }, { secret }) {
  return new Pusher({ appId: '1', key: secret.id, secret: secret.value, cluster: 'x' })
    .webhook({ headers, rawBody: body.toString() })
    .isValid()
}

export function make(random, { key = options.secret.value, time = 0, body = undefined } = {}) {
  const last = { name: 'channel_occupied', channel: random.word() }
  const events = Array.from({ length: random.below(4) }, () => ({
    name: 'client_event',
    channel: random.word(4),
    data: random.text(9),
  }))
  const text = Buffer.from(body ?? JSON.stringify({ time_ms: NOW + time, events: [...events, last] }))
  return {
    method: 'POST',
    url: '/hooks',
    headers: { ...JSON_TYPE, 'x-pusher-key': options.secret.id, [signature]: mac('sha256', key, 'hex', text) },
    body: text,
  }
}

const over = (change) => (random) => {
  const { headers, ...request } = make(random)
  return { ...request, headers: { ...headers, ...change } }
}
export const mutations = {
  'key: an unknown name': over({ 'x-pusher-key': 'other' }),
  'type: with a charset': over({ 'content-type': 'application/json; charset=utf-8' }),
  'body: no JSON, signed': (random) => make(random, { body: `{${random.text(9)}` }),
}
export const differences = {
  'time: too old, signed': ['theirs', 'a time that is more than 15 minutes old'],
  'time: too new, signed': ['theirs', 'a time that lies more than 15 minutes ahead'],
  'type: with a charset': ['ours', 'a content type with a charset'],
}
export const fixtures = () => true
