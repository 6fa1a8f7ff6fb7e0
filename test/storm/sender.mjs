// Sends each event many times, to any of the workers, and again until it is answered 2xx. Knows HTTP and HMAC, nothing else.
import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const { folder, ports, secret, deliveries, events, inFlight, patienceMs } = JSON.parse(process.env.STORM)

const agent = new http.Agent({ keepAlive: true })
const bodies = Array.from({ length: events }, (_, index) =>
  Buffer.from(JSON.stringify({ id: `e${index}`, type: 'storm' })),
)
const signatures = bodies.map((body) => createHmac('sha256', secret).update(body).digest('hex'))

/** Copies of an event lie close together, so that many of them meet while it is being claimed. */
const copies = deliveries / events
const plan = Array.from({ length: deliveries }, (_, index) => index % events)
  .map((event) => ({ event, place: event * copies + Math.random() * 10 * copies }))
  .sort((a, b) => a.place - b.place)
  .map(({ event }) => event)

const statuses = {}
const acknowledged = []
const count = (status) => {
  statuses[status] = (statuses[status] ?? 0) + 1
}

function post(port, event) {
  const body = bodies[event]
  const headers = { 'content-length': body.length, 'x-storm-signature': signatures[event] }
  return new Promise((resolve) => {
    const request = http.request(
      { port, host: '127.0.0.1', method: 'POST', path: '/', agent, headers, timeout: 10_000 },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode))
        response.on('error', () => resolve('broken'))
      },
    )
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve('broken'))
    request.end(body)
  })
}

async function deliver(event) {
  const until = performance.now() + patienceMs
  for (let wait = 5; performance.now() < until; wait = Math.min(2 * wait, 100)) {
    const status = await post(ports[Math.floor(Math.random() * ports.length)], event)
    count(status)
    if (status >= 200 && status < 300) return acknowledged.push(`e${event}`)
    await sleep(wait)
  }
  count('given up')
}

const queue = plan.values()
await Promise.all(
  Array.from({ length: inFlight }, async () => {
    for (const event of queue) await deliver(event)
  }),
)
writeFileSync(`${folder}/sent.log`, `${bodies.map((_, index) => `e${index}`).join('\n')}\n`)
writeFileSync(`${folder}/acknowledged.log`, `${acknowledged.join('\n')}\n`)
process.send({ statuses })
process.exit(0)
