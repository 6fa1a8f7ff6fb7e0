import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config'

const src = fileURLToPath(new URL('./src/', import.meta.url))

/** Where `hookproof/<name>` lives in src: an adapter file, the index of a folder, or a file of a patterned folder. */
function sourceOf(name: string): string {
  const places = [`${src}adapters/${name}.ts`, `${src}${name}/index.ts`, `${src}${name}.ts`]
  return places.find((place) => existsSync(place)) ?? places[0]!
}

const fromSource = {
  name: 'hookproof-from-source',
  enforce: 'pre' as const,
  resolveId(id: string): string | undefined {
    if (id === 'hookproof') return `${src}index.ts`
    if (id.startsWith('hookproof/')) return sourceOf(id.slice('hookproof/'.length))
    return undefined
  },
}

/** Each has dependencies and a test script of its own. */
const privatePackages = readdirSync(fileURLToPath(new URL('./test/', import.meta.url)))
  .filter((name) => existsSync(fileURLToPath(new URL(`./test/${name}/package.json`, import.meta.url))))
  .map((name) => `test/${name}/**`)
const integration = ['test/integration/**/*.test.ts', 'test/**/*.integration.test.ts']
const architecture = ['test/architecture/**/*.test.ts']
const packaged = ['test/package/**/*.test.ts', 'test/demo/**/*.test.ts']

/** A project of its own per kind of test: `vitest run --project unit`. */
function project(
  name: string,
  include: string[],
  testTimeout: number,
  exclude: string[] = [],
  globalSetup: string[] = [],
): TestProjectInlineConfiguration {
  return {
    plugins: [fromSource],
    test: {
      name,
      include,
      globalSetup,
      exclude: ['**/node_modules/**', ...privatePackages, ...exclude],
      testTimeout,
      hookTimeout: 4 * testTimeout,
    },
  }
}

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      project('unit', ['test/**/*.test.ts'], 30_000, [...integration, ...architecture, ...packaged]),
      project('integration', integration, 60_000),
      project('architecture', architecture, 60_000),
      project('package', packaged, 120_000, [], ['test/package/setup.ts']),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'coverage',
    },
  },
})

export default config
