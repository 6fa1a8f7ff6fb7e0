// GitHub: the payload examples that Octokit collects, signed by @octokit/webhooks-methods.
import { randomBytes, randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { sign } from '@octokit/webhooks-methods'

const examples = createRequire(import.meta.url)('@octokit/webhooks-examples')

const headersOf = (name) => ({
  'content-type': 'application/json',
  'x-github-event': name,
  'x-github-delivery': randomUUID(),
})
const delivery = (name, payload) => ({ headers: headersOf(name), body: Buffer.from(JSON.stringify(payload)) })
const payloadOf = (event, action) => {
  const found = examples.find(({ name }) => name === event)
  return found.examples.find((example) => action === undefined || example.action === action)
}

/** All of them; every tenth as a form, which GitHub sends where a hook is set to it. */
function genuine() {
  const all = examples.flatMap(({ name, examples }) => examples.map((payload) => delivery(name, payload)))
  return all.map((one, index) => (index % 10 === 9 ? asForm(one) : one))
}

/** The collection holds one sponsorship twice. A thing is created once, so these are two deliveries of one event. */
function repetitions() {
  const created = examples.flatMap(({ examples }) => examples.filter(({ action }) => action === 'created'))
  return created.length - new Set(created.map((payload) => JSON.stringify(payload))).size
}

function asForm({ headers, body }) {
  return {
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(`payload=${encodeURIComponent(body.toString())}`),
  }
}

/** A push that was never sent before. */
function fresh() {
  const payload = structuredClone(payloadOf('push'))
  const [before, after] = [randomBytes(20).toString('hex'), randomBytes(20).toString('hex')]
  return delivery('push', { ...payload, before, after, head_commit: { ...payload.head_commit, id: after } })
}

/** Nothing in this body changes from one honest event to the next. */
function repeatable() {
  const payload = structuredClone(payloadOf('membership', 'added'))
  return delivery('membership', { ...payload, member: { ...payload.member, login: randomUUID() } })
}

export const github = {
  name: 'GitHub',
  path: '/github',
  signedBy: '@octokit/webhooks-methods',
  idIn: 'unsigned header',
  timestamped: false,
  limit: 25 * 1024 * 1024,
  genuine,
  repetitions: repetitions(),
  fresh,
  repeatable,
  async sign({ headers, body }, secret) {
    return { ...headers, 'x-hub-signature-256': await sign(secret, body.toString()) }
  },
  withFreshId: (headers) => ({ ...headers, 'x-github-delivery': randomUUID() }),
  handshakes: [],
}
