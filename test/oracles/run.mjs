// Every vendor's verifier beside ours. `node run.mjs [vendor ...]`
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createReceiver } from '../../dist/index.js'
import { mutationsOf } from './mutations.mjs'
import { randomFrom } from './random.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
/** How many requests, unless a vendor's file says another `total`. */
const TOTAL = 2000
/** ms since the epoch: the clock of both sides. */
const NOW = 1_760_000_000_000
Date.now = () => NOW

const security = existsSync(at('../../docs/security.md')) ? readFileSync(at('../../docs/security.md'), 'utf8') : ''
const wanted = process.argv.slice(2)
const files = readdirSync(at('vendors')).filter((name) => name.endsWith('.mjs') && !name.startsWith('_'))
const problems = []
let passed = 0

function check(fine, problem) {
  if (fine) passed += 1
  else problems.push(problem)
}

async function oursOf(id) {
  const module = await import(`../../dist/providers/${id}.js`)
  const make = module[id.replace(/-(.)/g, (_, letter) => letter.toUpperCase())]
  return async (request, options, now = NOW) => {
    try {
      await createReceiver(make(options), { store: false, logger: false, clock: () => now }).verify(request)
      return true
    } catch (error) {
      if (typeof error.code !== 'string' || error.code === 'ERR_INTERNAL' || error.code.startsWith('ERR_OPTION'))
        throw error
      return false
    }
  }
}

async function theirsOf({ judge, options }, request, over = options, now = NOW) {
  Date.now = () => now
  try {
    return (await judge(request, over)) === true
  } catch {
    return false
  } finally {
    Date.now = () => NOW
  }
}

async function compare(vendor, ours) {
  const random = randomFrom(vendor.id.length * 7919)
  const mutations = Object.entries(mutationsOf(vendor))
  const { differences = {}, harmless = [], total = TOTAL } = vendor
  const counts = { both: 0, neither: 0, ours: 0, theirs: 0, genuine: 0 }
  const seen = new Map()
  for (let i = 0; i < total; i++) {
    const mutation = i % 2 === 0 ? undefined : mutations[(i >> 1) % mutations.length]
    const request = mutation === undefined ? vendor.make(random) : mutation[1](random, vendor.make)
    const [we, they] = [await ours(request, vendor.options), await theirsOf(vendor, request)]
    counts[we ? (they ? 'both' : 'ours') : they ? 'theirs' : 'neither'] += 1
    if (mutation === undefined) {
      counts.genuine += we && they ? 1 : 0
      continue
    }
    const [name] = mutation
    const who = we === they ? undefined : we ? 'ours' : 'theirs'
    if (we && they && !harmless.includes(name)) problems.push(`${vendor.id}: both accepted the mutation "${name}"`)
    if (who !== undefined && differences[name]?.[0] !== who)
      problems.push(`${vendor.id}: only ${who} accepted "${name}"`)
    if (who !== undefined) seen.set(name, (seen.get(name) ?? 0) + 1)
  }
  console.log(`\n${vendor.id} beside ${vendor.verifier}`)
  console.log(
    `  accepted by both ${counts.both}, refused by both ${counts.neither}, only ours ${counts.ours}, only theirs ${counts.theirs}`,
  )
  check(counts.genuine === total / 2, `${vendor.id}: ${total / 2 - counts.genuine} genuine requests were refused`)
  check(counts.both >= 0.4 * total, `${vendor.id}: fewer than 40 % were accepted by both`)
  for (const [name, [who, row]] of Object.entries(differences)) {
    console.log(`  only ${who}: ${name}, ${seen.get(name) ?? 0} times`)
    check(seen.has(name), `${vendor.id}: the difference "${name}" no longer occurs`)
    check(
      security.includes(`| \`${vendor.id}\` | ${row} |`),
      `docs/security.md has no row: | \`${vendor.id}\` | ${row} |`,
    )
  }
}

/** The vendor's verdict on the genuine requests of our fixture. */
async function askAboutFixtures(vendor, ours) {
  const file = at(`../fixtures/providers/${vendor.id}.json`)
  if (vendor.fixtures === undefined || !existsSync(file)) return
  const fixture = JSON.parse(readFileSync(file, 'utf8'))
  const asked = fixture.requests.filter(
    (request) => request.expect.handshake?.open !== true && vendor.fixtures(request),
  )
  for (const request of asked) {
    const {
      method = 'POST',
      url = '/hooks',
      headers,
      body = '',
      now = 1_700_000_000,
      options = {},
      expect,
      name,
    } = request
    const sent = { method, url, headers, body: Buffer.from(body) }
    const over = { ...fixture.options, ...options }
    const genuine =
      expect.code === undefined || expect.code === 'ERR_BODY_INVALID' || expect.code.startsWith('ERR_EVENT')
    check(
      (await theirsOf(vendor, sent, over, 1000 * now)) === genuine,
      `${vendor.id}: the vendor thinks otherwise of "${name}"`,
    )
    if (expect.code === undefined) check(await ours(sent, over, 1000 * now), `${vendor.id}: "${name}" is refused`)
  }
  console.log(`  ${asked.length} requests of the fixture judged alike`)
}

for (const name of files) {
  const vendor = await import(`./vendors/${name}`)
  if (wanted.length > 0 && !wanted.includes(vendor.id)) continue
  const ours = await oursOf(vendor.id)
  await compare(vendor, ours)
  await askAboutFixtures(vendor, ours)
}

const counted = new Map()
for (const problem of problems) counted.set(problem, (counted.get(problem) ?? 0) + 1)
for (const [problem, times] of counted) console.log(`FAILED ${problem}${times > 1 ? ` (${times} times)` : ''}`)
mkdirSync(at('reports'), { recursive: true })
writeFileSync(at('reports/tests.json'), JSON.stringify({ passed, failed: counted.size }))
console.log(`\n${passed} passed, ${counted.size} failed`)
process.exitCode = counted.size === 0 && passed > 0 ? 0 : 1
