// The README's providers, by the best evidence that the fixtures name.
import { readdirSync, readFileSync } from 'node:fs'

export const file = 'README.md'
export const marker = 'providers'

const root = new URL('../../', import.meta.url)
const read = (path) => readFileSync(new URL(path, root), 'utf8')

/** Best first; what nothing but our own recipe speaks for comes last. */
const TIERS = [
  ['vendor vector', 'verify deliveries or examples that the vendor itself signed'],
  ['vendor SDK', "agree with the vendor's own package"],
  ['independent implementation', "agree with somebody else's implementation"],
  ['self-made', 'follow the documented recipe only'],
]

function providers() {
  return readdirSync(new URL('test/fixtures/providers/', root)).map((name) => {
    const { id, evidence } = JSON.parse(read(`test/fixtures/providers/${name}`))
    const title = /^ {4}name: '([^']+)'/m.exec(read(`src/providers/${id}.ts`))?.[1]
    if (title === undefined) throw new Error(`src/providers/${id}.ts has no name`)
    const tier = TIERS.findIndex(([kind]) => evidence.some((one) => one.kind === kind))
    return { id, title, tier }
  })
}

export function render() {
  const all = providers()
  const rows = TIERS.map(([, what], tier) => {
    const names = all.filter((provider) => provider.tier === tier).map(({ id, title }) => `${title} (\`${id}\`)`)
    return `| **${names.length}** ${what} | ${names.join(' · ')} |`
  })
  return [
    `${all.length} providers, each as \`hookproof/providers/<name>\`, by how we know that they are right:`,
    '',
    '| | |',
    '|---|---|',
    ...rows,
  ].join('\n')
}
