import { inChild } from '../lib/child.mjs'
import { figure, row } from '../lib/measure.mjs'

const kb = (number) => number * 1024
const all = [kb(1), kb(10), kb(100), kb(1024)]

/** Sizes by group: Twilio's requests and public keys' cost have no other. */
const plan = [
  ...['github', 'tern', 'stripe', 'standard', 'slack', 'discord'].map((group) => ({ group, sizes: all })),
  { group: 'twilio', sizes: [kb(1)] },
  ...['sns', 'rsa', 'ecdsa', 'refusals', 'growth'].map((group) => ({ group, sizes: [kb(1)] })),
]

export async function run({ quick }) {
  const rows = []
  for (const { group, sizes } of plan) {
    for (const size of quick ? sizes.slice(0, 1) : sizes) {
      rows.push(...(await compared(group, size, quick)))
    }
  }
  const pairs = await inChild('differential', [quick ? 20_000 : 1_000_000])
  const what = 'HMAC beside createHmac, random keys and lengths'
  rows.push(figure({ suite: 'verify', what, value: 0, unit: `of ${pairs} differ`, bar: 0 }))
  return rows
}

/** The compiler makes something else of GitHub's short verification in every process, up to a tenth: its rounds come from several. */
async function compared(group, size, quick) {
  const slow = size >= kb(100) || group === 'tern'
  const full = slow ? [1, 31, 20] : group === 'github' ? [3, 14, 20] : [1, 41, 25]
  const [processes, rounds, batchMs] = quick ? [1, 3, 2] : full
  const times = {}
  let compare = []
  for (let index = 0; index < processes; index++) {
    const found = await inChild('verify', [group, size, rounds, batchMs])
    for (const [name, values] of Object.entries(found.times)) times[name] = [...(times[name] ?? []), ...values]
    compare = found.compare
  }
  return compare.map(({ ours, theirs, ...rest }) =>
    row({ suite: 'verify', size, ...rest, ours: times[ours], theirs: times[theirs] }),
  )
}
