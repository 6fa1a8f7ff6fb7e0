// Writes every generated file, or with --check only says which ones are out of date.
//
// A generator is a file scripts/gen/<name>.mjs that exports
//   file      path of the file, from the repository's root
//   render()  its text, or a promise of it
//   marker    optional: only what stands between the lines `<!-- generated: <marker> -->` and `<!-- end: <marker> -->` is generated
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const check = process.argv.includes('--check')

function insert(text, marker, part, file) {
  const start = `<!-- generated: ${marker} -->\n`
  const end = `<!-- end: ${marker} -->`
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${file} has no part marked ${start.trim()} … ${end}`)
  return `${text.slice(0, from + start.length)}${part.trimEnd()}\n${text.slice(to)}`
}

const names = readdirSync(new URL('gen/', import.meta.url)).filter((name) => name.endsWith('.mjs'))
/** What the files hold as far as it is generated: two generators may share a file. */
const texts = new Map()
for (const name of names.sort()) {
  const { file, render, marker } = await import(new URL(`gen/${name}`, import.meta.url))
  const current = texts.get(file) ?? (existsSync(new URL(file, root)) ? readFileSync(new URL(file, root), 'utf8') : '')
  const part = await render()
  texts.set(file, marker === undefined ? part : insert(current, marker, part, file))
}

let stale = 0
for (const [file, text] of texts) {
  const path = fileURLToPath(new URL(file, root))
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  stale++
  if (!check) writeFileSync(path, text)
  console.log(check ? `${file} is out of date: npm run gen` : `${file} written`)
}
if (stale === 0) console.log(`${texts.size} generated ${texts.size === 1 ? 'file' : 'files'} up to date`)
process.exitCode = check && stale > 0 ? 1 : 0
