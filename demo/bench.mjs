// What a scenario needs: one sender's deliveries, the way to the server, and what came of it.
import { setTimeout as sleep } from 'node:timers/promises'
import { send, sendRaw } from './http.mjs'

export const label = ({ status, headers }) =>
  headers['x-webhook-duplicate'] === '1' ? `${status} dup` : String(status)
export const distinct = (responses) => [...new Set(responses.map(label))].sort().join('/')
export const statusesOf = (responses) => [...new Set(responses.map(({ status }) => status))].sort().join('/')
export const inOrder = (responses) => responses.map(label).join(' ')
export const headerLines = (headers) => Object.entries(headers).map(([name, value]) => `${name}: ${value}`)

/** Everything a scenario needs about one sender. */
export function benchOf(sender, { origin, secrets: [current, previous], effects }) {
  const url = (suffix) => origin + sender.path + suffix
  const bench = {
    sender,
    current,
    previous,
    /** A delivery that was never sent before, signed. */
    async fresh({ secret = current, time, from = sender.fresh } = {}) {
      const delivery = from()
      return { ...delivery, signed: await sender.sign(delivery, secret, time) }
    },
    post: ({ signed, body }, suffix = '') => send(url(suffix), { headers: signed, body }),
    raw: (lines, chunks, suffix = '') => sendRaw(url(suffix), lines, chunks),
    count: ({ body }, suffix = '', handler = 'only') => effects.count(sender.path + suffix, body, handler),
    total: () => effects.total(sender.path),
    request: (options, suffix = '') => send(url(suffix), options),
  }
  return bench
}

export async function all(items, atOnce, work) {
  const results = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}

/** As a sender does that is told to come again. */
export async function untilTaken(attempt) {
  for (let tries = 0; ; tries++) {
    const response = await attempt()
    if (response.status !== 503 || tries === 100) return response
    await sleep(50)
  }
}

/** The answer, and how often the handler of this endpoint has run for this body so far. */
export async function tried(bench, delivery, suffix) {
  const response = await bench.post(delivery, suffix)
  return `${label(response)} · ${bench.count(delivery, suffix)}`
}

/** Another letter at the end of the last name or text: still JSON, still the same length. */
export function tampered(body) {
  const bytes = Buffer.from(body)
  bytes[body.toString('latin1').search(/[a-y]"(?!.*[a-y]")/s)] += 1
  return bytes
}
