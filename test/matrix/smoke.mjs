// What is checked where the server is a program of its own. Speaks HTTP only; signs with node:crypto.
import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'

const SECRET = 'It is a secret to everybody'

export function delivery(payload = {}, { id = randomUUID(), headers = {} } = {}) {
  const body = typeof payload === 'object' && !(payload instanceof Uint8Array) ? JSON.stringify(payload) : payload
  const signature = createHmac('sha256', SECRET).update(body).digest('hex')
  const fields = {
    'content-type': 'application/json',
    'x-github-event': 'matrix',
    'x-github-delivery': id,
    'x-hub-signature-256': `sha256=${signature}`,
  }
  return { id, method: 'POST', headers: { ...fields, ...headers }, body }
}

/** Title and check; each gets the URL of the endpoint, whose last path segment is the tenant. */
const checks = {
  'a genuine delivery is answered 200': async (url) => {
    assert.equal((await fetch(url, delivery())).status, 200)
  },
  'its second copy is marked as a duplicate': async (url) => {
    const sent = delivery()
    const answers = [await fetch(url, sent), await fetch(url, sent)]
    assert.deepEqual(
      answers.map(({ status, headers }) => [status, headers.get('x-webhook-duplicate')]),
      [
        [200, null],
        [200, '1'],
      ],
    )
  },
  'one byte less, or no signature, is refused with 401': async (url) => {
    const sent = delivery({ a: 1 })
    assert.equal((await fetch(url, { ...sent, body: sent.body.slice(0, -1) })).status, 401)
    assert.equal((await fetch(url, { ...sent, headers: { 'content-type': 'application/json' } })).status, 401)
  },
  'white space and escapes arrive unchanged': async (url) => {
    assert.equal((await fetch(url, delivery(' {"a" : "\\u00e9 é 😀",\r\n"n":1.0}\n'))).status, 200)
  },
  'a signed body that is no UTF-8 is refused with 400': async (url) => {
    assert.equal((await fetch(url, delivery(Buffer.from([0x22, 0xff, 0x22])))).status, 400)
  },
  'another method is answered 405 with Allow': async (url) => {
    const answer = await fetch(url, { ...delivery(), method: 'PUT' })
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'POST'])
  },
  'a compressed body is refused with 415': async (url) => {
    assert.equal((await fetch(url, delivery({}, { headers: { 'content-encoding': 'gzip' } }))).status, 415)
  },
  'a body over the limit is refused with 413, announced or in chunks': async (url) => {
    const sent = delivery({ fill: 'x'.repeat(70_000) })
    assert.equal((await fetch(url, sent)).status, 413)
    const body = new Blob([sent.body]).stream()
    assert.equal((await fetch(url, { ...sent, body, duplex: 'half' })).status, 413)
  },
  'a body in chunks is taken': async (url) => {
    const sent = delivery({ a: 1 })
    const body = new Blob([sent.body]).stream()
    assert.equal((await fetch(url, { ...sent, body, duplex: 'half' })).status, 200)
  },
  'a handler that fails once is answered 500, and the retry runs': async (url) => {
    const sent = delivery({ failures: 1 })
    assert.deepEqual([(await fetch(url, sent)).status, (await fetch(url, sent)).status], [500, 200])
  },
  '20 copies at once run once': async (url) => {
    const sent = delivery({ wait: 100 })
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url, sent)).status))
    assert.deepEqual([...new Set(statuses)].sort(), [200, 503])
    assert.deepEqual(await (await fetch(url, delivery({ count: sent.id }))).json(), { runs: 1 })
  },
  'a reply of 256 bytes arrives exactly': async (url) => {
    const answer = await fetch(url, delivery({ bytes: true }))
    assert.equal(answer.headers.get('content-type'), 'x/y')
    assert.deepEqual(
      [...new Uint8Array(await answer.arrayBuffer())],
      Array.from({ length: 256 }, (_, i) => i),
    )
  },
  'an unknown tenant in the path is refused with 401': async (url) => {
    assert.equal((await fetch(url.replace(/acme$/, 'other'), delivery())).status, 401)
  },
}

/** Runs every check, and `more`; resolves to the same result as contract.mjs prints. */
export async function smoke(url, more = {}) {
  const result = { passed: 0, skipped: [], failed: [], stray: [] }
  for (const [id, check] of Object.entries({ ...checks, ...more })) {
    try {
      await check(url)
      result.passed++
    } catch (error) {
      result.failed.push({ id, error: String(error?.message ?? error).slice(0, 600) })
    }
  }
  return result
}
