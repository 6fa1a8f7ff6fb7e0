// node --expose-gc workers/memory.mjs <records>: memory of finished records beyond their keys' strings, and the longest claim or finish.
import { hash } from 'node:crypto'
import { memoryStore } from 'hookproof'

const records = Number(process.argv[2])
const claim = { leaseMs: 30_000, retentionMs: 86_400_000, tag: '', rerun: false }
const finish = { to: 'done', progress: '', retentionMs: 86_400_000 }
// As the core makes them, and without objects whose collection would count as the store's.
const keyOf = (index) => `hp1:${hash('sha256', String(index), 'base64url')}`
/** A string of 47 Latin-1 characters: a header of 16 bytes (V8's SeqOneByteString without pointer compression), padded to 8. */
const KEY_BYTES = 64
const used = () => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const before = used()
const store = memoryStore({ maxRecords: records })
let worst = 0
for (let index = 0; index < records; index++) {
  const key = keyOf(index)
  const nonce = `nonce-${index}`
  const begin = performance.now()
  if (store.claim(key, { ...claim, nonce }).status !== 'won') throw new Error('not won')
  if (store.finish(key, { ...finish, nonce }) !== 'ok') throw new Error('not finished')
  const took = performance.now() - begin
  if (took > worst) worst = took
}
process.send({ bytes: (used() - before) / records - KEY_BYTES, worstMs: worst, size: store.size })
