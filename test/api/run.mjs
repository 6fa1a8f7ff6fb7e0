// Compares the public surface with the committed report: see README.md.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const dist = join(root, 'dist')
const update = process.argv.includes('--update')
const temporary = mkdtempSync(join(tmpdir(), 'hookproof-api-'))
const reports = join(here, 'surface')
mkdirSync(reports, { recursive: true })

const declarations = (folder) =>
  readdirSync(join(dist, folder))
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => join(folder, name.slice(0, -'.d.ts'.length)))
/** What the package exports by name; the other files beside them are parts that the bundler shares out, named by their content. */
const named = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports).map((path) =>
  path === '.' ? 'index' : path.slice('./'.length),
)
const providers = declarations('providers')
const entries = [
  ...declarations('.').filter((name) => named.includes(name)),
  ...declarations('stores'),
  ...declarations('schemes'),
  'providers/hmac',
]
const reportOf = (entry) => `${entry.replace('/', '-')}.api.md`

/** A report of what is no longer there. */
function left(name) {
  if (entries.map(reportOf).includes(name)) return undefined
  if (!update) return `test/api/surface/${name} is of no entry: npm run update`
  rmSync(join(reports, name))
  return undefined
}

/** Undefined, or what differs. */
function compare(entry) {
  const name = reportOf(entry)
  const messages = []
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(dist, `${entry}.d.ts`),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'nodenext',
            moduleResolution: 'nodenext',
            target: 'es2022',
            lib: ['es2022', 'dom'],
            types: ['node'],
            typeRoots: [join(here, 'node_modules/@types')],
            skipLibCheck: true,
          },
        },
      },
      apiReport: { enabled: true, reportFileName: name, reportFolder: reports, reportTempFolder: temporary },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        extractorMessageReporting: { default: { logLevel: 'none' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
        compilerMessageReporting: { default: { logLevel: 'warning' } },
      },
    },
  })
  const result = Extractor.invoke(config, {
    localBuild: update,
    messageCallback(message) {
      message.handled = true
      if (message.logLevel === 'error' || message.logLevel === 'warning') messages.push(message.text)
    },
  })
  if (update) return result.succeeded ? undefined : messages.join('\n')
  return result.apiReportChanged
    ? `test/api/surface/${name} differs: npm run update, and look at the diff\n${messages.join('\n').slice(0, 500)}`
    : undefined
}

const camelCase = (id) => id.replace(/-(.)/g, (_, letter) => letter.toUpperCase())

/** Undefined, or how a provider departs from the common shape. */
function shape(entry) {
  const id = entry.slice('providers/'.length)
  const text = readFileSync(join(dist, `${entry}.d.ts`), 'utf8')
  const signature = new RegExp(
    `declare function ${camelCase(id)}<Events extends object = [^>]+>\\([^)]*\\): Provider<["']${id}["'], Events>`,
  )
  return signature.test(text)
    ? undefined
    : `${entry} does not export ${camelCase(id)}<Events>(options): Provider<'${id}', Events>`
}

const problems = [...entries.map(compare), ...providers.map(shape), ...readdirSync(reports).map(left)]
rmSync(temporary, { recursive: true, force: true })
const failed = problems.filter((problem) => problem !== undefined)
for (const problem of failed) console.log(`FAIL ${problem}`)
mkdirSync(join(here, 'reports'), { recursive: true })
writeFileSync(
  join(here, 'reports/tests.json'),
  JSON.stringify({ passed: problems.length - failed.length, failed: failed.length }),
)
console.log(`${entries.length} reports, ${providers.length} providers of the common shape; ${failed.length} differ`)
process.exitCode = failed.length === 0 ? 0 : 1
