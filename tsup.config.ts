import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

/** Folders whose files are entries of their own, with the folder of `dist` that they are built into. */
const folders = { providers: 'providers/', schemes: 'schemes/', stores: 'stores/', events: 'events/', adapters: '' }

/** Packages whose types are written into ours, so that users install no vendor types: each has its licence in THIRD_PARTY_NOTICES. */
export const inlinedTypes = ['@octokit/webhooks-types', '@slack/types'] as const

/** Source file by entry: the entry's name is its subpath. */
export function entries(): Record<string, string> {
  const found: Record<string, string> = { index: 'src/index.ts', testing: 'src/testing/index.ts' }
  for (const [folder, target] of Object.entries(folders)) {
    for (const file of readdirSync(`src/${folder}`)) {
      if (!file.endsWith('.ts') || file.startsWith('_')) continue
      found[target + file.slice(0, -'.ts'.length)] = `src/${folder}/${file}`
    }
  }
  return found
}

/**
 * Shared chunks in CommonJS cost every `import()` its meaning: it becomes a `require`, which Node before 20.19 refuses for packages that are ES modules
 * only (jose). Here it becomes an import again.
 */
const realImports = {
  name: 'real-imports',
  buildEnd({ writtenFiles }: { readonly writtenFiles: readonly { readonly name: string }[] }): void {
    const required = /Promise\.resolve\(\)\.then\(\(\) => _interopRequireWildcard\(require\(("[^".][^"]*")\)\)\)/g
    for (const { name } of writtenFiles) {
      if (name.endsWith('.cjs')) writeFileSync(name, readFileSync(name, 'utf8').replaceAll(required, 'import($1)'))
    }
  },
}

const config: ReturnType<typeof defineConfig> = defineConfig({
  entry: entries(),
  format: ['esm', 'cjs'],
  target: 'node20',
  platform: 'node',
  splitting: true,
  clean: true,
  // Without the prefix, bundlers for other runtimes cannot tell `crypto` from an npm package.
  removeNodeProtocol: false,
  dts: {
    // What subpaths share is in files that have none. TypeScript writes such a type into a user's declarations by the entry that exports it, and
    // sees that entry only where somebody imports it: a program may import nothing but subpaths.
    banner: "import 'hookproof';",
    // tsup 8 sets `baseUrl`, which TypeScript 6 refuses unless told otherwise.
    compilerOptions: { ignoreDeprecations: '6.0', paths: {} },
    // The relative pattern follows the imports inside those packages.
    resolve: [...inlinedTypes.map((name) => new RegExp(`^${name}(/|$)`)), /^\.\.?\//],
  },
  plugins: [realImports],
  onSuccess: 'node scripts/merge-chunks.mjs',
  esbuildOptions(options) {
    options.chunkNames = 'chunks/[name]-[hash]'
  },
})

export default config
