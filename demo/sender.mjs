// The sending end, a process of its own: speaks HTTP, knows the secrets, and judges the answers and the effect log.
import { benchOf } from './bench.mjs'
import { effectLog } from './effects.mjs'
import { handshakesOf, scenarios } from './scenarios.mjs'
import { checkVendors } from './senders/check-vendors.mjs'
import { github } from './senders/github.mjs'
import { hmac } from './senders/hmac.mjs'
import { slack } from './senders/slack.mjs'
import { standardWebhooks } from './senders/standard-webhooks.mjs'
import { stripe } from './senders/stripe.mjs'
import { renderTable, renderVendors } from './table.mjs'

const secrets = JSON.parse(process.env.DEMO_SECRETS)
const stranger = 'whsec_c3RyYW5nZXJzdHJhbmdlcnN0cmFuZ2Vyc3RyYW5nZXI='
const senders = [github, stripe, slack, standardWebhooks, hmac].map((sender) => ({ ...sender, stranger }))
const rows = [...scenarios, ...handshakesOf(senders)]

const BROKEN = {
  verify: 'every signature is taken for good',
  dedupe: 'nothing is claimed',
  freshness: 'no time is too old',
}
const broken = BROKEN[process.env.DEMO_BREAK]
if (broken !== undefined) console.log(`Broken on purpose (--break ${process.env.DEMO_BREAK}): ${broken}.\n`)

const started = performance.now()
const effects = effectLog(process.env.DEMO_EFFECTS)
const columns = await Promise.all(
  senders.map(async (sender) => {
    const bench = benchOf(sender, { origin: process.env.DEMO_ORIGIN, secrets: secrets[sender.path.slice(1)], effects })
    const cells = []
    for (const row of rows) cells.push(row.applies?.(sender) === false ? undefined : await cellOf(row, bench))
    return cells
  }),
)

async function cellOf({ expected, run }, bench) {
  try {
    const result = await run(bench)
    return typeof result === 'string' ? { came: result, expected } : result
  } catch (error) {
    return { came: String(error.message), expected }
  }
}

const results = rows.map(({ section, title, expected }, index) => ({
  section,
  title,
  expected,
  cells: columns.map((cells) => cells[index]),
}))
console.log(
  'Real deliveries over HTTP from a second process. A cell: statuses · how often the handlers’ effect happened,',
)
console.log(
  'counted in a file that they append to. "dup": answered as a duplicate. –: this sender has no such thing.\n',
)
console.log(renderTable(senders, results))
console.log(`
(1) All ${github.genuine().length} payloads of @octokit/webhooks-examples; ${github.repetitions} of them is there twice and is one event. The others: the shapes of the vendors' docs.
(2) GitHub signs neither the delivery id nor a time. Where a body differs with every event, hookproof knows it by its bytes; where two
    honest events may be equal, both have to run. The guard narrows replay and does not close it.`)

const keys = process.env.DEMO_KEYS && JSON.parse(process.env.DEMO_KEYS)
const vendorRows = keys ? await checkVendors(senders, { origin: process.env.DEMO_ORIGIN, keys, secrets, effects }) : []
if (keys)
  console.log(
    `\nOne genuine and one forged delivery for each of ${vendorRows.length} providers.\n\n${renderVendors(vendorRows)}`,
  )

const checks = results.flatMap(({ title, cells }) =>
  cells.flatMap((cell, index) => (cell === undefined ? [] : [{ title, sender: senders[index].name, ...cell }])),
)
for (const { name, genuine, forged } of vendorRows) {
  checks.push({ sender: name, title: 'genuine', ...genuine }, { sender: name, title: 'forged', ...forged })
}
const different = checks.filter(({ came, expected }) => came !== expected)
for (const { title, sender, came, expected } of different)
  console.log(`\n✗ ${sender}, ${title}: expected ${expected}, came ${came}`)
const seconds = ((performance.now() - started) / 1000).toFixed(1)
const verdict = different.length === 0 ? 'all as expected' : `${different.length} different from what was expected`
console.log(
  `\n${checks.length} checks of ${keys ? vendorRows.length : senders.length} senders in ${seconds} s: ${verdict}`,
)
process.exit(different.length === 0 ? 0 : 1)
