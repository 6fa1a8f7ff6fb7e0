import { execFileSync } from 'node:child_process'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomFrom } from '../random.mjs'
import { JSON_TYPE, jsonBody, mac } from './_shared.mjs'

export const id = 'hmac'
export const verifier = 'OpenSSL (openssl dgst -mac HMAC signs, node:crypto verifies)'
export const total = 10_000
export const signature = 'x-signature'
export const options = {
  secret: 'a shared secret of sixteen bytes or more',
  signature: { header: signature },
  id: { path: 'id' },
}

/** What node:crypto makes of the text, once that is exactly 64 digits. */
export function judge({ headers, body }, { secret }) {
  const text = headers[signature] ?? ''
  const expected = createHmac('sha256', secret).update(body).digest()
  return /^[0-9a-f]{64}$/.test(text) && timingSafeEqual(Buffer.from(text, 'hex'), expected)
}

/** Bodies with the signatures that one call of openssl made for them. */
function signedByOpenssl(count) {
  const folder = mkdtempSync(join(tmpdir(), 'oracle-'))
  const random = randomFrom(1)
  try {
    const bodies = Array.from({ length: count }, () => jsonBody(random, { id: random.word(), type: 'order.created' }))
    const files = bodies.map((_, index) => `${index}.json`)
    for (const [index, file] of files.entries()) writeFileSync(join(folder, file), bodies[index])
    const key = `hexkey:${Buffer.from(options.secret).toString('hex')}`
    const args = ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', key, '-r', ...files]
    const lines = execFileSync('openssl', args, { cwd: folder, encoding: 'utf8' }).trim().split('\n')
    return bodies.map((body, index) => ({ body, hex: lines[index].split(' ')[0] }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const ready = signedByOpenssl(1000)

export function make(random, { key } = {}) {
  const { body, hex } = random.pick(ready)
  const value = key === undefined ? hex : mac('sha256', key, 'hex', body)
  return { method: 'POST', url: '/hooks', headers: { ...JSON_TYPE, [signature]: value }, body }
}

const over = (change) => (random) => {
  const { headers, ...request } = make(random)
  return { ...request, headers: { ...headers, [signature]: change(request.body, headers[signature]) } }
}
export const mutations = {
  'signature: SHA-1': over((body) => mac('sha1', options.secret, 'hex', body)),
  'signature: SHA-512': over((body) => mac('sha512', options.secret, 'hex', body)),
  'signature: in base64': over((body) => mac('sha256', options.secret, 'base64', body)),
  'signature: with a name before it': over((_, hex) => `sha256=${hex}`),
  'signature: twice': over((_, hex) => `${hex},${hex}`),
}
/** The other ways to sign are set up by options that only we know. */
export const fixtures = ({ options: own }) => own === undefined
