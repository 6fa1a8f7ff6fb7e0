// Slack: requests in the shape of its documentation, signed by openssl.
import { randomBytes } from 'node:crypto'
import { opensslHmac } from './openssl.mjs'

const id = (prefix) => prefix + randomBytes(5).toString('hex').toUpperCase()
const seconds = () => Math.floor(Date.now() / 1000)

const json = (payload) => ({
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(payload)),
})
const form = (fields) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: Buffer.from(new URLSearchParams(fields).toString()),
})
const interaction = (payload) => form({ payload: JSON.stringify(payload) })

const callback = (event) => ({
  token: 'deprecated',
  team_id: 'T0001',
  api_app_id: 'A0001',
  event: { event_ts: `${seconds()}.000100`, ...event },
  type: 'event_callback',
  event_id: id('Ev'),
  event_time: seconds(),
  authorizations: [
    { enterprise_id: null, team_id: 'T0001', user_id: 'U0001', is_bot: true, is_enterprise_install: false },
  ],
})

const user = { id: 'U0001', username: 'ada', name: 'ada', team_id: 'T0001' }
const team = { id: 'T0001', domain: 'example' }

function genuine() {
  const events = [
    {
      type: 'app_mention',
      user: 'U0001',
      text: '<@U0LAN0Z89> is it everything a river should be?',
      ts: '1515449522.000016',
      channel: 'C0001',
    },
    { type: 'message', channel: 'C0001', user: 'U0001', text: 'Grüße 👋', ts: '1355517523.000005' },
    {
      type: 'message',
      subtype: 'channel_join',
      channel: 'C0001',
      user: 'U0001',
      text: 'has joined',
      ts: '1355517523.000006',
    },
    {
      type: 'reaction_added',
      user: 'U0001',
      reaction: 'thumbsup',
      item_user: 'U0002',
      item: { type: 'message', channel: 'C0001', ts: '1360782400.498405' },
    },
    { type: 'team_join', user: { id: 'U0003', name: 'grace' } },
    { type: 'app_home_opened', user: 'U0001', channel: 'D0001', tab: 'home' },
    { type: 'channel_created', channel: { id: 'C0002', name: 'fun', created: 1360782804, creator: 'U0001' } },
  ]
  const actions = [
    { type: 'button', action_id: 'approve', block_id: 'b1', value: 'yes', action_ts: '1548426417.840180' },
  ]
  return [
    ...events.map((event) => json(callback(event))),
    form({
      token: 'deprecated',
      team_id: 'T0001',
      channel_id: 'C0001',
      user_id: 'U0001',
      command: '/weather',
      text: '94070',
      trigger_id: id(''),
      api_app_id: 'A0001',
    }),
    form({
      team_id: 'T0001',
      channel_id: 'C0001',
      user_id: 'U0001',
      command: '/todo',
      text: '',
      trigger_id: id(''),
      api_app_id: 'A0001',
    }),
    interaction({ type: 'block_actions', user, team, api_app_id: 'A0001', trigger_id: id(''), actions }),
    interaction({
      type: 'shortcut',
      user,
      team,
      callback_id: 'new_ticket',
      trigger_id: id(''),
      action_ts: '1581106241.371594',
    }),
    interaction({
      type: 'view_submission',
      user,
      team,
      api_app_id: 'A0001',
      trigger_id: id(''),
      view: { id: 'V0001', type: 'modal', callback_id: 'ticket', state: { values: {} } },
    }),
    interaction({
      type: 'block_suggestion',
      user,
      team,
      api_app_id: 'A0001',
      action_id: 'assignee',
      block_id: 'b2',
      value: 'ad',
    }),
  ]
}

const fresh = () =>
  json(callback({ type: 'app_mention', user: 'U0001', text: 'once', ts: '1515449522.000016', channel: 'C0001' }))

/** A challenge is answered and nothing runs; the certificate check is unsigned and must not smuggle a command in. */
const handshakes = [
  {
    title: 'url_verification, signed',
    delivery: () =>
      json({
        token: 'deprecated',
        challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
        type: 'url_verification',
      }),
    signed: true,
    expected: '200 · 0',
    answer: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
  },
  {
    title: 'url_verification, forged',
    delivery: () => json({ challenge: 'a', type: 'url_verification' }),
    signed: false,
    expected: '401 · 0',
  },
  {
    title: 'ssl_check, unsigned, with a command',
    delivery: () => form({ ssl_check: '1', command: '/delete', text: 'all', team_id: 'T0001' }),
    signed: false,
    expected: '200 · 0',
  },
]

export const slack = {
  name: 'Slack',
  path: '/slack',
  signedBy: 'openssl',
  idIn: 'signed body',
  timestamped: true,
  limit: 1024 * 1024,
  genuine,
  fresh,
  async sign({ headers, body }, secret, time = Date.now()) {
    const timestamp = String(Math.floor(time / 1000))
    const signature = await opensslHmac(secret, `v0:${timestamp}:`, body)
    return { ...headers, 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${signature}` }
  },
  handshakes,
}
