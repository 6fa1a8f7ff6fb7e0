import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { importsOf, type Sources } from './sources.js'

/** Where something signs or judges and must therefore not be ours: vendor oracles, the demo's sender, fixture generators. */
const oraclePlaces: readonly RegExp[] = [
  /^test\/oracles\//,
  /^demo\/send/,
  /^test\/fixtures\//,
  /^scripts\/fixtures/,
  /^test\/storm\/(sender|judge|deliveries|post)\./,
]

/** A comparer holds our verdict next to an oracle's: it may import both, and then nothing that could sign or judge by itself. */
const comparer = /(^|\/)(run|[^/]+\.test)\.[cm]?[jt]s$/
const mayCompareWith = new Set([
  'vitest',
  'node:fs',
  'node:path',
  'node:url',
  'node:os',
  'node:test',
  'node:assert',
  'node:http',
  'node:child_process',
])

function isOurs(path: string, specifier: string): boolean {
  if (specifier === 'hookproof' || specifier.startsWith('hookproof/')) return true
  if (!specifier.startsWith('.')) return false
  return /^(\.\.\/)*(src|dist)(\/|$)/.test(posix.join(posix.dirname(path), specifier))
}

/** The stored file that a relative specifier names, whatever its ending. */
function targetOf(path: string, specifier: string, sources: Sources): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  const target = posix.join(posix.dirname(path), specifier)
  return [target, target.replace(/\.([cm]?)js$/, '.$1ts')].find((candidate) => candidate in sources)
}

/** The chain of imports from a file to hookproof; undefined where there is none. */
function chainToOurs(path: string, sources: Sources, seen: Set<string> = new Set()): string[] | undefined {
  if (seen.has(path)) return undefined
  seen.add(path)
  for (const { specifier } of importsOf(path, sources[path] ?? '')) {
    if (isOurs(path, specifier)) return [path, specifier]
    const target = targetOf(path, specifier, sources)
    const rest = target === undefined ? undefined : chainToOurs(target, sources, seen)
    if (rest) return [path, ...rest]
  }
  return undefined
}

function canJudge(specifier: string): boolean {
  if (specifier.startsWith('.') || specifier === 'hookproof' || specifier.startsWith('hookproof/')) return false
  return !mayCompareWith.has(builtinModules.includes(specifier) ? `node:${specifier}` : specifier)
}

/** Every oracle that leans on hookproof, by itself or through what it imports. `sources` holds all that may be imported on the way. */
export function oracleProblems(sources: Sources): string[] {
  const problems: string[] = []
  for (const path of Object.keys(sources)) {
    if (!oraclePlaces.some((place) => place.test(path))) continue
    const chain = chainToOurs(path, sources)
    if (!chain) continue
    if (!comparer.test(path)) problems.push(`an oracle uses hookproof: ${chain.join(' -> ')}`)
    else {
      const judges = importsOf(path, sources[path] ?? '').filter(({ specifier }) => canJudge(specifier))
      problems.push(
        ...judges.map(
          ({ specifier }) => `${path} imports hookproof and ${specifier}: move the oracle to a file of its own`,
        ),
      )
    }
  }
  return problems
}
