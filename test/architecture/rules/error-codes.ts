import type { Sources } from './sources.js'

/** Code by code: the headings of docs/errors.md. */
function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#{2,4} `?((?:ERR|WARN)_[A-Z\d_]+)`?\s*$/gm)].map((match) => match[1] as string)
}

/** Codes of others that src reads: jose's, and those of Node's module loader. */
const foreign = /^ERR_(JOSE_|JW[A-Z]+_|MODULE_NOT_FOUND$|REQUIRE_ESM$)/

function codesIn(sources: Sources, kind: 'ERR' | 'WARN'): string[] {
  const codes = Object.values(sources).flatMap((text) => [
    ...text.matchAll(new RegExp(`\\b${kind}_[A-Z\\d_]+\\b`, 'g')),
  ])
  return [...new Set(codes.map(([code]) => code))].filter((code) => !foreign.test(code)).sort()
}

/** Every code that table, src and docs/errors.md do not share. Warnings are in no table: src is what counts for them. */
export function errorCodeProblems(table: readonly string[], sources: Sources, markdown: string): string[] {
  const headings = headingsOf(markdown)
  const known = [...table, ...codesIn(sources, 'WARN')]
  return [
    ...codesIn(sources, 'ERR')
      .filter((code) => !table.includes(code))
      .map((code) => `src uses ${code}, which is not in the table`),
    ...known.filter((code) => !headings.includes(code)).map((code) => `${code} has no heading in docs/errors.md`),
    ...headings
      .filter((code) => !known.includes(code))
      .map((code) => `docs/errors.md describes ${code}, which does not exist`),
    ...headings
      .filter((code, index) => headings.indexOf(code) !== index)
      .map((code) => `docs/errors.md describes ${code} twice`),
  ]
}
