// node --expose-gc workers/memory.mjs <records>: memory of finished records beyond their keys, and the longest claim or finish.
import { createHash } from 'node:crypto'
import { memoryStore } from 'hookproof'

const records = Number(process.argv[2])
const claim = { leaseMs: 30_000, retentionMs: 86_400_000, tag: '', rerun: false }
const finish = { to: 'done', progress: '', retentionMs: 86_400_000 }
// Of the form and length that the core makes; flat, as they come from a hash.
const keys = Array.from({ length: records }, (_, index) =>
  Buffer.from(`hp1:${createHash('sha256').update(String(index)).digest('base64url')}`).toString(),
)
const used = () => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const before = used()
const store = memoryStore({ maxRecords: records })
let worst = 0
for (const [index, key] of keys.entries()) {
  const nonce = `nonce-${index}`
  const begin = performance.now()
  if (store.claim(key, { ...claim, nonce }).status !== 'won') throw new Error('not won')
  if (store.finish(key, { ...finish, nonce }) !== 'ok') throw new Error('not finished')
  const took = performance.now() - begin
  if (took > worst) worst = took
}
process.send({ bytes: (used() - before) / records, worstMs: worst, size: store.size })
