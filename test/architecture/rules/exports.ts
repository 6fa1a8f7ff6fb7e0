type Target = { readonly types?: string; readonly default?: string }
type Conditions = { readonly import?: Target; readonly require?: Target }

/** The `exports` of a package.json. */
export type ExportMap = Readonly<Record<string, string | Conditions>>

/** The star of a pattern replaced; a key without one is returned as it is. */
function fill(text: string, star: string): string {
  return text.replaceAll('*', star)
}

/** What the star stands for where a pattern matches a subpath; '' where key and subpath are equal. */
function matchOf(key: string, subpath: string): string | undefined {
  if (key === subpath) return ''
  const [before, after] = key.split('*')
  if (before === undefined || after === undefined) return undefined
  if (!subpath.startsWith(before) || !subpath.endsWith(after) || subpath.length <= key.length - 1) return undefined
  return subpath.slice(before.length, subpath.length - after.length)
}

/** Subpath of an entry: `index` is the package itself. */
function subpathOf(entry: string): string {
  return entry === 'index' ? '.' : `./${entry}`
}

function expectedConditions(entry: string): Conditions {
  const file = (ending: string): string => `./dist/${entry}.${ending}`
  return {
    import: { types: file('d.ts'), default: file('js') },
    require: { types: file('d.cts'), default: file('cjs') },
  }
}

/** Every built entry without its export (both formats, both declarations), and every export without its entry. */
export function exportProblems(exportMap: ExportMap, entries: readonly string[]): string[] {
  const keys = Object.keys(exportMap).filter((key) => key !== './package.json')
  const used = new Set<string>()
  const problems: string[] = []
  for (const entry of entries) {
    const key = keys.find((candidate) => matchOf(candidate, subpathOf(entry)) !== undefined)
    if (key === undefined) {
      problems.push(`${subpathOf(entry)} is built and not exported`)
      continue
    }
    used.add(key)
    const found = fill(JSON.stringify(exportMap[key]), matchOf(key, subpathOf(entry)) ?? '')
    // Compared as text: the order matters too, since `types` must come first.
    if (found !== JSON.stringify(expectedConditions(entry))) problems.push(`${key} does not name the files of ${entry}`)
  }
  return [...problems, ...keys.filter((key) => !used.has(key)).map((key) => `${key} is exported and not built`)]
}

/** Every subpath that a user can import, the patterns replaced by what they match. */
export function expandExports(exportMap: ExportMap, entries: readonly string[]): ExportMap {
  const expanded: Record<string, string | Conditions> = {}
  for (const entry of entries) expanded[subpathOf(entry)] = expectedConditions(entry)
  return { ...expanded, './package.json': exportMap['./package.json'] ?? './package.json' }
}
