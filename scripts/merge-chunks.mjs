// node scripts/merge-chunks.mjs: after tsup. esbuild makes a chunk for every set of entries that share a module, so that core, one provider and
// one adapter load 24 files, and a file costs a program about 1 ms of processor time at its start. Chunks that nearly every program
// loads become one; those of few entries stay as they are. ESM only: `require` pays a third of that.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const dist = process.argv[2] ?? fileURLToPath(new URL('../dist/', import.meta.url))
const statement = /^import (?:\{([^}]*)\} from )?"(\.[^"]*)";\n/gm

const files = readdirSync(dist, { recursive: true })
  .filter((name) => name.endsWith('.js'))
  .map((name) => join(dist, name))
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))
const chunks = files.filter((file) => dirname(file).endsWith('chunks'))

function reachable(file, found = new Set()) {
  for (const [, , path] of texts.get(file).matchAll(statement)) {
    const target = resolve(dirname(file), path)
    if (found.has(target)) continue
    found.add(target)
    reachable(target, found)
  }
  return found
}

/** Used by the core, by a third of the providers, or by three adapters. What such a chunk imports is as common. */
function commonChunks() {
  const entries = files.filter((file) => !chunks.includes(file))
  const folderOf = (file) => relative(dist, dirname(file))
  const providers = entries.filter((file) => folderOf(file) === 'providers').map((file) => reachable(file))
  const adapters = entries
    .filter((file) => folderOf(file) === '' && !file.endsWith('index.js'))
    .map((file) => reachable(file))
  const core = reachable(join(dist, 'index.js'))
  const users = (sets, chunk) => sets.filter((set) => set.has(chunk)).length
  return chunks.filter(
    (chunk) => core.has(chunk) || users(providers, chunk) >= providers.length / 3 || users(adapters, chunk) >= 3,
  )
}

const common = commonChunks()
/** `a as b` of an import or export list. */
const pairs = (list) =>
  list
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
    .map((item) => item.split(/ as /))
/** The name in the merged file of what a chunk exports: two chunks may export equal names. */
const nameIn = (chunk, exported) => `${exported}_${common.indexOf(chunk)}`

function exportsOf(chunk) {
  const [, list = ''] = /^export \{([^}]*)\};\n*$/m.exec(texts.get(chunk)) ?? []
  return pairs(list).map(([local, exported = local]) => exported)
}

const contents = common
  .map((chunk) => {
    const list = exportsOf(chunk).map((name) => `${name} as ${nameIn(chunk, name)}`)
    return `export { ${list.join(', ')} } from ${JSON.stringify(chunk)}`
  })
  .join('\n')
const { outputFiles } = await build({
  stdin: { contents, resolveDir: dist },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
})
const merged = join(dist, 'chunks/common.js')

for (const file of files) {
  if (common.includes(file)) continue
  let seen = false
  const text = texts.get(file).replace(statement, (whole, list, path) => {
    const target = resolve(dirname(file), path)
    if (!common.includes(target)) return whole
    const from = relative(dirname(file), merged)
    const specifier = JSON.stringify(from.startsWith('.') ? from : `./${from}`)
    if (list === undefined) {
      if (seen) return ''
      seen = true
      return `import ${specifier};\n`
    }
    seen = true
    const names = pairs(list).map(([exported, local = exported]) => `${nameIn(target, exported)} as ${local}`)
    return `import {\n  ${names.join(',\n  ')}\n} from ${specifier};\n`
  })
  writeFileSync(file, text)
}
for (const file of common) rmSync(file)
writeFileSync(merged, outputFiles[0].text)
