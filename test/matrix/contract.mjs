// <runtime> contract.mjs <adapter> <skips as JSON>: runs adapterContract and the adapter's extras in this very runtime and
// prints one JSON object.
import { adapterContract } from 'hookproof/testing'
import { extras } from './extras.mjs'
import { mounts } from './mounts.mjs'

const [name, skips = '[]', only] = process.argv.slice(2)
const subject = { name, start: mounts[name], skip: JSON.parse(skips) }
const result = { passed: 0, skipped: [], failed: [] }
// What a runtime throws where nobody can catch it belongs to no case.
const stray = []
process.on('uncaughtException', (error) => stray.push(String(error?.stack ?? error)))
process.on('unhandledRejection', (error) => stray.push(String(error?.stack ?? error)))

const own = Object.entries(extras[name] ?? {}).map(([id, run]) => ({ id, skip: undefined, run }))
for (const { id, skip, run } of [...adapterContract(subject), ...own]) {
  if (only !== undefined && only !== id) continue
  if (skip !== undefined) {
    result.skipped.push(id)
    continue
  }
  const before = performance.now()
  try {
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('the case did not end within 30 s')), 30_000)
    })
    await Promise.race([run(), late]).finally(() => clearTimeout(timer))
    result.passed++
  } catch (error) {
    result.failed.push({
      id,
      ms: Math.round(performance.now() - before),
      error: String(error?.message ?? error).slice(0, 600),
    })
  }
}
console.log(JSON.stringify({ ...result, stray: stray.slice(0, 3) }))
process.exit(0)
