/** Path parameters as text; Express 5 gives the segments of a wildcard as a list. */
export function paramsOf(params: unknown): Readonly<Record<string, string | undefined>> | undefined {
  if (typeof params !== 'object' || params === null) return undefined
  const texts = Object.entries(params).map(([name, value]: [string, unknown]) => [
    name,
    Array.isArray(value) ? value.join('/') : value,
  ])
  return Object.fromEntries(texts.filter(([, value]) => typeof value === 'string')) as Record<string, string>
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
