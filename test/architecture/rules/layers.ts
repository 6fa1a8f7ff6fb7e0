import { type Import, importsOf, resolveRelative, type Sources } from './sources.js'

interface Layer {
  /** Layers and single files whose values it may import. */
  readonly may: readonly string[]
  /** Whether its files may import each other; files that start with `_` are always shared within the layer. */
  readonly own?: boolean
}

const everything = [
  'types',
  'errors',
  'lib',
  'define',
  'schemes',
  'providers',
  'events',
  'stores',
  'core',
  'adapters',
  'index',
]

/** The table of docs/architecture.md, by folder or file name below src. */
const layers: Readonly<Record<string, Layer>> = {
  types: { may: ['errors'], own: true },
  errors: { may: ['types'] },
  lib: { may: ['errors'], own: true },
  define: { may: ['errors', 'lib'] },
  schemes: { may: ['errors', 'lib'], own: true },
  providers: { may: ['define', 'schemes'] },
  events: { may: [] },
  stores: { may: ['errors', 'lib'] },
  core: { may: ['errors', 'lib', 'src/stores/memory.ts'], own: true },
  adapters: { may: ['errors', 'lib', 'core'] },
  index: { may: ['errors', 'define', 'core', 'src/stores/memory.ts'] },
  testing: { may: everything, own: true },
}

/** Undefined where no layer claims the file. */
function layerOf(path: string): string | undefined {
  const name = path.split('/')[1]?.replace(/\.ts$/, '') ?? ''
  return name in layers ? name : undefined
}

function isShared(path: string): boolean {
  return path.split('/').at(-1)?.startsWith('_') ?? false
}

function mayImport(from: string, to: string, typeOnly: boolean): boolean {
  const layer = layerOf(from)
  const target = layerOf(to)
  if (layer === undefined || target === undefined) return false
  const { may, own } = layers[layer] as Layer
  if (target === layer) return own === true || isShared(to)
  if (may.includes(target) || may.includes(to)) return true
  return typeOnly && (target === 'types' || target === 'errors' || target === 'events')
}

/** What a package import may look like: see {@link layerProblems}. */
export interface Packages {
  readonly dependencies: readonly string[]
  readonly peers: readonly string[]
  /** Types that the build inlines. */
  readonly inlined: readonly string[]
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function packageProblem(path: string, found: Import, packages: Packages): string | undefined {
  const name = packageOf(found.specifier)
  const layer = layerOf(path)
  if (found.typeOnly) {
    if (layer !== 'events') return `imports types of ${name}: only src/events may`
    return packages.inlined.includes(name) || packages.peers.includes(name)
      ? undefined
      : `imports types of ${name}, which nobody installs`
  }
  if (!found.lazy) return `imports ${name} when it is loaded: pass it in, or import it at first use`
  const allowed = layer === 'adapters' ? packages.dependencies : packages.peers
  return allowed.includes(name) ? undefined : `loads ${name}, which package.json does not offer to this layer`
}

/** The packages that a file of src/events needs and that may be absent at the user's. */
function absentPeers(path: string, sources: Sources, packages: Packages): string[] {
  const imports = importsOf(path, sources[path] ?? '')
  return imports.map(({ specifier }) => packageOf(specifier)).filter((name) => packages.peers.includes(name))
}

/** Every import of src that the table does not allow, one sentence each. */
export function layerProblems(sources: Sources, packages: Packages): string[] {
  const problems: string[] = []
  for (const [path, text] of Object.entries(sources)) {
    if (layerOf(path) === undefined) problems.push(`${path} belongs to no layer`)
    for (const found of importsOf(path, text)) {
      const report = (problem: string): unknown => problems.push(`${path}:${found.line} ${problem}`)
      const target = resolveRelative(path, found.specifier)
      if (found.specifier.startsWith('node:')) continue
      if (target === undefined) {
        const problem = packageProblem(path, found, packages)
        if (problem !== undefined) report(problem)
      } else if (!found.specifier.endsWith('.js')) report(`imports ${found.specifier}, which does not end in .js`)
      else if (!mayImport(path, target, found.typeOnly))
        report(`may not import ${found.typeOnly ? 'types of ' : ''}${target}`)
      else if (layerOf(target) === 'events' && absentPeers(target, sources, packages).length > 0) {
        report(`imports ${target}, whose package may be absent: users opt in to it by its own subpath`)
      }
    }
  }
  return problems
}
