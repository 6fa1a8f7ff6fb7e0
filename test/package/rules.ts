import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core'
import manifest from '../../package.json' with { type: 'json' }
import { entries } from '../../tsup.config.js'
import { expandExports } from '../architecture/rules/exports.js'
import { importsOf, parse, type Sources } from '../architecture/rules/sources.js'

const run = promisify(execFile)

/** Names of what the build makes: `index`, `providers/github`, `koa` … */
export const built: readonly string[] = Object.keys(entries())

/** Packs a copy of an unpacked package, its patterns replaced by what they match: behind a pattern attw checks nothing. */
export async function packExpanded(
  folder: string,
  target: string,
  change?: (copy: string) => Promise<void>,
): Promise<string> {
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  const copy = join(target, 'package')
  await cp(folder, copy, { recursive: true })
  const file = join(copy, 'package.json')
  const copied = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...copied, exports: expandExports(copied.exports, built) }))
  await change?.(copy)
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', target], {
    cwd: copy,
  })
  return join(target, JSON.parse(stdout)[0].filename)
}

interface Resolution {
  readonly problems: readonly string[]
  readonly subpaths: readonly string[]
}

function isOfOldResolution(problem: Problem): boolean {
  if ('resolutionKind' in problem) return problem.resolutionKind === 'node10'
  return 'resolutionOption' in problem && problem.resolutionOption === 'node10'
}

function textOf(problem: Problem): string {
  const place = 'entrypoint' in problem ? problem.entrypoint : 'fileName' in problem ? problem.fileName : ''
  return [problem.kind, place, 'moduleSpecifier' in problem ? problem.moduleSpecifier : ''].join(' ').trim()
}

/** What attw says of a tarball under its profile node16 (Node 16 and later, bundlers): the problems, and the subpaths that it saw. */
export async function attw(tarball: string): Promise<Resolution> {
  const result = await checkPackage(createPackageFromTarballData(await readFile(tarball)))
  if (!result.types) throw new Error('attw found no types at all')
  const problems = result.problems.filter((problem) => !isOfOldResolution(problem)).map(textOf)
  return { problems: [...new Set(problems)], subpaths: Object.keys(result.entrypoints) }
}

const listed = new Set([
  ...Object.keys(manifest.dependencies),
  ...Object.keys(manifest.peerDependencies),
  manifest.name,
])
/** Whoever mounts a Node adapter or writes tests has Node's own types. */
const nodeTypesAllowed = /^dist\/(express|koa|node|fastify|lambda|nest|testing)\.d\.c?ts$/

function isKnown(path: string, specifier: string, declarations: Sources): boolean {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier)
    return target.replace(/\.(c?)js$/, '.d.$1ts') in declarations
  }
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return nodeTypesAllowed.test(path)
  return listed.has(
    specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/'),
  )
}

/** Every import or reference of a declaration to what a user does not get with the package. */
export function declarationProblems(declarations: Sources): string[] {
  return Object.entries(declarations).flatMap(([path, text]) => {
    const references = parse(path, text).typeReferenceDirectives.map(({ fileName }) => fileName)
    const imports = importsOf(path, text).map(({ specifier }) => specifier)
    return [...references, ...imports]
      .filter((specifier) => !isKnown(path, specifier, declarations))
      .map((specifier) => `${path} needs ${specifier}, which package.json does not list`)
  })
}
