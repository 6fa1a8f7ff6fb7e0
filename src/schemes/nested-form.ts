import { RequestError } from '../errors.js'
import type { FormFields } from '../lib/form.js'
import type { BodyFormat } from '../types.js'

interface Branch {
  [name: string]: Branch | string
}
type Tree = Branch | string | readonly Tree[]

const MAX_DEPTH = 16
const NAME = /^([^[\]]+)((?:\[[^[\]]*\])*)$/

/** Form fields with names such as `data[merges][EMAIL]` as nested objects without a prototype; `[0]`, `[1]` … become a list. */
export const nestedForm: BodyFormat = { name: 'nested form', decode: (_, incoming) => nested(incoming.form()) }

function nested(fields: FormFields): Tree {
  const root = branch()
  const counts = new Map<Branch, number>()
  for (const [name, value] of fields) insert(root, pathOf(name), value, counts)
  return listed(root)
}

function pathOf(name: string): readonly string[] {
  const match = NAME.exec(name)
  const path =
    match === null
      ? [name]
      : [match[1] ?? '', ...[...(match[2] ?? '').matchAll(/\[([^[\]]*)\]/g)].map((one) => one[1] ?? '')]
  if (path.length > MAX_DEPTH) throw refused('fields nested too deep')
  if (path.includes('__proto__')) throw refused('a field named __proto__')
  return path
}

function insert(root: Branch, path: readonly string[], value: string, counts: Map<Branch, number>): void {
  let at = root
  for (const [index, part] of path.entries()) {
    // `a[]` stands for the next free place.
    const name = part === '' ? String(counts.get(at) ?? 0) : part
    if (part === '') counts.set(at, Number(name) + 1)
    const last = index === path.length - 1
    const before = at[name]
    if (last ? before !== undefined : typeof before === 'string') throw refused('a field comes twice')
    if (last) at[name] = value
    else {
      const next = (before as Branch | undefined) ?? branch() // a text was refused above
      at[name] = next
      at = next
    }
  }
}

function listed(node: Branch | string): Tree {
  if (typeof node === 'string') return node
  const names = Object.keys(node)
  if (names.length > 0 && names.every((name, index) => name === String(index))) {
    return Object.values(node).map(listed)
  }
  const result = branch() as Record<string, Tree> // its values are replaced one by one
  for (const name of names) result[name] = listed(node[name] ?? '')
  return result as Tree
}

function branch(): Branch {
  return Object.create(null) as Branch
}

function refused(detail: string): RequestError {
  return new RequestError('ERR_BODY_INVALID', { detail })
}
