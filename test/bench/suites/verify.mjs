import { inChild } from '../lib/child.mjs'
import { figure } from '../lib/measure.mjs'

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
      const slow = size >= kb(100) || group === 'tern'
      const [rounds, batchMs] = quick ? [3, 2] : [slow ? 31 : 41, slow ? 20 : 25]
      rows.push(...(await inChild('verify', [group, size, rounds, batchMs])))
    }
  }
  const compared = await inChild('differential', [quick ? 20_000 : 1_000_000])
  const what = 'HMAC beside createHmac, random keys and lengths'
  rows.push(figure({ suite: 'verify', what, value: 0, unit: `of ${compared} differ`, bar: 0 }))
  return rows
}
