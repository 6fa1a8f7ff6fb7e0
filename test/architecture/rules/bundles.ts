import { build, type Plugin } from 'esbuild'
import ts from 'typescript'
import { parse, resolveRelative, type Sources, walk } from './sources.js'

export interface Bundle {
  /** Repository paths of the modules that left something in the output. */
  readonly modules: readonly string[]
  readonly output: string
  readonly bytes: number
}

const entry = 'entry.ts'

/** Relative imports are answered from `sources`; packages stay outside. */
function from(sources: Sources): Plugin {
  return {
    name: 'sources',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /./ }, ({ path, importer }) => {
        const target = path === entry ? entry : resolveRelative(importer, path)
        return target === undefined ? { external: true } : { path: target, namespace: 'sources', sideEffects: false }
      })
      onLoad({ filter: /./, namespace: 'sources' }, ({ path }) => {
        const contents = sources[path]
        return contents === undefined ? { errors: [{ text: `there is no ${path}` }] } : { contents, loader: 'ts' }
      })
    },
  }
}

/** What a user's bundler makes of a program that uses these exports, named by their source file. */
export async function bundle(exportsUsed: Readonly<Record<string, string>>, sources: Sources): Promise<Bundle> {
  const imports = Object.entries(exportsUsed).map(
    ([name, path]) => `import { ${name} } from './${path.replace(/\.ts$/, '.js')}'`,
  )
  const program = `${imports.join('\n')}\nconsole.log(${Object.keys(exportsUsed).join(', ')})`
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    outdir: 'out',
    format: 'esm',
    platform: 'node',
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [from({ ...sources, [entry]: program })],
    logLevel: 'silent',
  })
  const [file] = result.outputFiles
  const inputs = Object.entries(Object.values(result.metafile.outputs)[0]?.inputs ?? {})
  return {
    modules: inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path.replace(/^sources:/, '')),
    output: file?.text ?? '',
    bytes: file?.contents.length ?? 0,
  }
}

function stringsOf(path: string, text: string): Set<string> {
  const found = new Set<string>()
  walk(parse(path, text), (node) => {
    if (ts.isStringLiteralLike(node)) found.add(node.text.toLowerCase())
    if (ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) found.add(node.text.toLowerCase())
  })
  return found
}

const headerName = /^(x-[a-z\d-]+|[a-z\d-]+-(signature[a-z\d-]*|timestamp|id|event|topic|delivery|token|key))$/

/** What gives a vendor away: its id, unless a scheme is called the same, and the header names that its file spells out. */
function vendorWords(id: string, text: string, schemes: readonly string[]): string[] {
  const headers = [...stringsOf(`${id}.ts`, text)].filter((word) => headerName.test(word))
  return [...headers, ...(schemes.includes(id) ? [] : [id])]
}

/** Every trace of a vendor that a bundle was not asked for. `vendors`: text of each provider's file by id. */
export function bundleProblems(
  found: Bundle,
  wanted: string | undefined,
  vendors: Sources,
  schemes: readonly string[],
): string[] {
  const strings = stringsOf('bundle.js', found.output)
  // GitHub's own data names the pusher of a push.
  const own = wanted === undefined ? new Set<string>() : stringsOf(`${wanted}.ts`, vendors[wanted] ?? '')
  return Object.keys(vendors)
    .filter((id) => id !== wanted)
    .flatMap((id) => {
      const words = vendorWords(id, vendors[id] ?? '', schemes).filter((word) => !own.has(word) && strings.has(word))
      const modules = found.modules.filter((path) => path === `src/providers/${id}.ts`)
      return [...modules, ...words].map((trace) => `${wanted ?? 'core'} bundles ${trace} of ${id}`)
    })
}
