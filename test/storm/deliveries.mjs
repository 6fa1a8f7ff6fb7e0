// What is sent: each event many times over, signed. Knows HMAC, nothing else.
import { createHmac } from 'node:crypto'

/** One event's delivery. */
export function delivery(event, secret) {
  const body = Buffer.from(JSON.stringify({ id: event, type: 'storm' }))
  return { event, body, signature: createHmac('sha256', secret).update(body).digest('hex') }
}

/** The names of all events. */
export function eventNames(events) {
  return Array.from({ length: events }, (_, index) => `e${index}`)
}

/** All deliveries in an order in which copies of an event lie close together, so that many meet while it is being claimed. */
export function plan(names, deliveries) {
  const copies = deliveries / names.length
  return Array.from({ length: deliveries }, (_, index) => index % names.length)
    .map((event) => ({ event, place: (event + Math.random() * 10) * copies }))
    .sort((a, b) => a.place - b.place)
    .map(({ event }) => names[event])
}

/** Sends each until it is answered 2xx. `send` resolves to a status, or to a word where there was none. */
export async function deliverAll(queue, { secret, inFlight, patienceMs }, send) {
  const statuses = {}
  const acknowledged = []
  const deliveries = new Map()
  const signed = (event) => deliveries.get(event) ?? deliveries.set(event, delivery(event, secret)).get(event)

  async function deliver(event) {
    const until = performance.now() + patienceMs
    for (let wait = 5; performance.now() < until; wait = Math.min(2 * wait, 100)) {
      const status = await send(signed(event))
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status >= 200 && status < 300) return acknowledged.push(event)
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
    statuses['given up'] = (statuses['given up'] ?? 0) + 1
  }

  const rest = queue.values()
  const work = async () => {
    for (const event of rest) await deliver(event)
  }
  await Promise.all(Array.from({ length: inFlight }, work))
  return { statuses, acknowledged }
}
