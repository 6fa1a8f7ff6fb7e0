// One group of cases: node --expose-gc workers/verify.mjs <group> <size> <rounds> <batchMs>

import { measure } from '../lib/measure.mjs'
import { groups } from '../suites/verify-groups.mjs'

const [group, size, rounds, batchMs] = process.argv.slice(2)
const { cases, compare } = await groups[group](Number(size))
for (const [name, run] of Object.entries(cases)) {
  await run(1).catch((error) => {
    throw new Error(`${group}, ${name}: the genuine request was refused`, { cause: error })
  })
}
const times = await measure(cases, { rounds: Number(rounds), batchMs: Number(batchMs) })
process.send({ compare, times })
