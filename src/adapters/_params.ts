/** Path parameters as text; Express 5 gives the segments of a wildcard as a list. */
export function paramsOf(params: unknown): Readonly<Record<string, string | undefined>> | undefined {
  if (typeof params !== 'object' || params === null) return undefined
  const texts = Object.entries(params).map(([name, value]: [string, unknown]) => [
    name,
    Array.isArray(value) ? value.join('/') : value,
  ])
  return Object.fromEntries(texts.filter(([, value]) => typeof value === 'string')) as Record<string, string>
}
