// Processor time of the server per request: verify, claim in memory and typed dispatch, beside the same by hand without the claim.
import { createHmac } from 'node:crypto'
import { start } from '../lib/child.mjs'
import { send } from '../lib/client.mjs'
import { row } from '../lib/measure.mjs'
import { githubRequest, secret } from '../lib/requests.mjs'

const frameworks = { http: 'node:http', express: 'Express', koa: 'Koa', fastify: 'Fastify', hono: 'Hono' }
const CONNECTIONS = 32

export async function run({ quick }) {
  const rows = []
  for (const size of quick ? [1024] : [1024, 10_240])
    rows.push(...(await ofSize(size, quick ? 2 : 31, quick ? 100 : 2000)))
  return rows
}

async function ofSize(size, rounds, perRound) {
  const requestOf = requests(size)
  const rows = []
  for (const [framework, name] of Object.entries(frameworks)) {
    const kinds = framework === 'express' ? ['hand', 'ours', 'usual'] : ['hand', 'ours']
    const times = await inTurn(framework, kinds, rounds, perRound, requestOf)
    const compared = { suite: 'http', size, unit: 'µs of CPU a request', ours: times.ours }
    rows.push(
      row({
        ...compared,
        what: `${name}: a delivery`,
        against: 'by hand, without deduplication',
        theirs: times.hand,
        bar: 1.05,
        aim: 1,
      }),
    )
    if (framework === 'express') {
      rows.push(
        row({
          ...compared,
          what: 'Express: a delivery',
          against: 'express.raw, hmac, send',
          theirs: times.usual,
          bar: 0.8,
          aim: 0.75,
        }),
      )
    }
  }
  return rows
}

/** Every delivery has an id and a commit of its own, and its own signature. */
export function requests(size) {
  let delivery = 0
  const sample = githubRequest(size, '00000000-cc78-11e3-81ab-4c9367dc0958')
  const commit = sample.body.indexOf('b'.repeat(40))
  return () => {
    const number = (++delivery).toString(16)
    sample.body.latin1Write(number.padStart(40, '0'), commit)
    const headers = {
      ...sample.headers,
      'x-github-delivery': `${number.padStart(8, '0')}-cc78-11e3-81ab-4c9367dc0958`,
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(sample.body).digest('hex')}`,
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return Buffer.concat([Buffer.from(`POST /webhooks HTTP/1.1\r\n${lines.join('')}\r\n`), sample.body])
  }
}

export async function inTurn(framework, kinds, rounds, perRound, requestOf) {
  const servers = {}
  const times = {}
  try {
    for (const kind of kinds) servers[kind] = await start('server', [framework, kind], ['--expose-gc'])
    for (const kind of kinds) {
      await send(servers[kind].ready.port, 3 * perRound, CONNECTIONS, requestOf)
      times[kind] = []
    }
    for (let round = 0; round < rounds; round++) {
      for (const index of kinds.keys()) {
        const kind = kinds[(index + round) % kinds.length]
        const { ask, ready } = servers[kind]
        const before = await ask('sweep')
        await send(ready.port, perRound, CONNECTIONS, requestOf)
        const after = await ask('tell')
        if (after.handled - before.handled !== perRound)
          throw new Error(`${framework} ${kind}: not every delivery was handled once`)
        times[kind].push((after.cpu - before.cpu) / perRound)
      }
    }
  } finally {
    for (const server of Object.values(servers)) server.stop()
  }
  return times
}
