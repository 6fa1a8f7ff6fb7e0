// The README's few rows of docs/performance.md, and the one that is furthest from its bar.
import { results, shortfall, sizeText } from '../../test/bench/lib/report.mjs'

export const file = 'README.md'
export const marker = 'performance'

const shown = [
  ['GitHub: verify', 'hand-written'],
  ['GitHub: verify and parse', '@octokit/webhooks'],
  ['Stripe: verify and parse', 'stripe'],
  ['Standard Webhooks: verify and parse', 'svix'],
  ['GitHub: verify and parse', '@hookflo/tern'],
  ['Express: a delivery', 'express.raw, hmac, send'],
  ['Redis: claim (node-redis, 50 at once)', 'SET NX PX'],
]

function lineOf(row) {
  const what = row.size === undefined ? row.what : `${row.what}, ${sizeText(row.size)}`
  const kind = row.more ? ' of its rate' : ' of its time'
  const value = row.absolute ? `${row.value.toFixed(1)} ${row.unit}` : `${row.value.toFixed(2)}${kind}`
  return `| ${what} | ${row.against} | ${value} |`
}

export function render() {
  const [{ rows, node }] = results()
  const chosen = shown.map(([what, against]) => rows.find((row) => row.what === what && row.against === against))
  const worst = rows.reduce((a, b) => (shortfall(b) > shortfall(a) ? b : a))
  return `| Node ${node.slice(1).split('.')[0]} | beside | hookproof takes |
|---|---|---|
${[...chosen.filter(Boolean), worst].map(lineOf).join('\n')}

The last row is the one that is furthest from what was aimed at. [docs/performance.md](docs/performance.md) has every row, the
ones that are lost too, and how they were measured: \`npm run bench\`.
`
}
