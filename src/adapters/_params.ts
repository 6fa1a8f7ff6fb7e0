/** Path parameters as text; Express 5 gives the segments of a wildcard as a list. */
export function paramsOf(params: unknown): Readonly<Record<string, string | undefined>> | undefined {
  if (typeof params !== 'object' || params === null) return undefined
  let texts: Record<string, string> | undefined
  for (const [name, value] of Object.entries(params) as [string, unknown][]) {
    const text: unknown = Array.isArray(value) ? value.join('/') : value
    if (typeof text !== 'string') continue
    texts ??= Object.create(null) as Record<string, string> // `__proto__` is a name like any other
    texts[name] = text
  }
  return texts
}

/** What stands in a URL where a route has `:name`. Counted from the end of its path, since prefixes come first. */
export function paramsIn(path: string, url: string): Record<string, string> {
  const names = path.split('/').reverse()
  const values = (url.split('?')[0] ?? '').split('/').reverse()
  const pairs = names.map((name, index): [string, string] => [name, decoded(values[index] ?? '')])
  return Object.fromEntries(pairs.flatMap(([name, value]) => (name.startsWith(':') ? [[name.slice(1), value]] : [])))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
