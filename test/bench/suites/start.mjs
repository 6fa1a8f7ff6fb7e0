// What a program pays for importing core, GitHub and Express, and how many bytes of our own that is.
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { inChild } from '../lib/child.mjs'
import { figure, median } from '../lib/measure.mjs'
import { bench } from '../lib/pack.mjs'

export async function run({ quick }) {
  const kinds = ['crypto', 'ours', 'made']
  const runs = { crypto: [], ours: [], made: [] }
  for (let round = 0; round < (quick ? 3 : 41); round++) {
    for (const index of kinds.keys()) {
      const kind = kinds[(index + round) % kinds.length]
      runs[kind].push(await inChild('import', [kind], []))
    }
  }
  const difference = (kind, name) => interval(runs[kind].map((one, round) => one[name] - runs.crypto[round][name]))
  const size = await bundled()
  const what = 'import of core, github and express'
  const against = 'a module that imports node:crypto'
  return [
    figure({
      suite: 'start',
      what: `${what}: processor time`,
      against,
      unit: 'ms more',
      ...difference('ours', 'cpuMs'),
      bar: 8,
      aim: 4,
    }),
    figure({
      suite: 'start',
      what: 'the same, and a receiver and its middleware made: processor time',
      against,
      unit: 'ms more',
      ...difference('made', 'cpuMs'),
    }),
    figure({
      suite: 'start',
      what: `${what}: resident memory`,
      against,
      unit: 'MB more',
      ...difference('ours', 'rss'),
      bar: 3,
    }),
    figure({
      suite: 'start',
      what: 'own code of core, github and express, min + gzip',
      unit: 'kB',
      value: size / 1000,
      bar: 12,
      aim: 9,
    }),
  ]
}

function interval(values) {
  const all = [...values].sort((a, b) => a - b)
  const off = 0.98 * Math.sqrt(all.length)
  const low = all[Math.max(0, Math.floor(all.length / 2 - off))]
  const high = all[Math.min(all.length - 1, Math.ceil(all.length / 2 + off) - 1)]
  return { value: median(all), low, high: Math.max(low, high) }
}

/** What a user's bundler makes of the three; packages stay outside. */
async function bundled() {
  const contents = `export { createReceiver } from 'hookproof'
export { github } from 'hookproof/providers/github'
export { expressMiddleware } from 'hookproof/express'`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: bench },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['raw-body'],
    legalComments: 'none',
    // The repository's own tsconfig would lead to src.
    tsconfigRaw: '{}',
  })
  return gzipSync(outputFiles[0].contents, { level: 9 }).length
}
