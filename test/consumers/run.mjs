// Fourteen consumer projects and two bundles: see README.md.
import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import webpack from 'webpack'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const modules = join(here, 'node_modules')
const work = mkdtempSync(join(tmpdir(), 'hookproof-consumers-'))

/** TypeScript, module form, module resolution, whether declarations are checked, whether optional peers are installed, and which types of Node's. */
const projects = [
  ['5.4', 'esm', 'node16', { skipLibCheck: true }],
  ['5.4', 'cjs', 'node16', { skipLibCheck: false }],
  ['5.6', 'esm', 'bundler', { skipLibCheck: true }],
  ['5.6', 'esm', 'node16', { skipLibCheck: false }],
  ['5.9', 'esm', 'node16', { skipLibCheck: false, peers: true }],
  ['5.9', 'cjs', 'node16', { skipLibCheck: true, peers: true }],
  ['6.0', 'esm', 'bundler', { skipLibCheck: false, exactOptionalPropertyTypes: true }],
  ['6.0', 'cjs', 'node16', { skipLibCheck: false, peers: true }],
  ['6.0', 'esm', 'node16', { skipLibCheck: true, peers: true }],
  ['5.9', 'esm', 'node16', { skipLibCheck: true, peers: true, nodeTypes: 'node-26' }],
  ['7.0', 'esm', 'node16', { skipLibCheck: true, peers: true, nodeTypes: 'node-26' }],
  ['7.0', 'esm', 'node16', { skipLibCheck: false }],
  ['7.0', 'cjs', 'node16', { skipLibCheck: true }],
]

const results = []
const check = async (name, run) => {
  const begun = performance.now()
  let problem
  try {
    problem = await run()
  } catch (error) {
    problem = String(error?.message ?? error)
  }
  results.push(problem === undefined)
  console.log(
    `${problem === undefined ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)${problem === undefined ? '' : `\n${problem}`}`,
  )
}

const unpacked = join(work, 'unpacked')
function unpack() {
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', work], { cwd: root, encoding: 'utf8' })
  if (packed.status !== 0) throw new Error(packed.stderr)
  mkdirSync(unpacked)
  const tar = readdirSync(work).find((name) => name.endsWith('.tgz'))
  const untarred = spawnSync('tar', ['xzf', join(work, tar), '-C', unpacked, '--strip-components=1'])
  if (untarred.status !== 0) throw new Error(String(untarred.stderr))
}

/** A folder with hookproof, its one dependency, Node's types and, where asked for, the optional peers. */
function install(folder, peers = false, nodeTypes = 'node') {
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true })
  cpSync(unpacked, join(folder, 'node_modules/hookproof'), { recursive: true })
  const own = createRequire(join(root, 'package.json'))
  for (const name of ['raw-body'])
    symlinkSync(dirname(own.resolve(`${name}/package.json`)), join(folder, 'node_modules', name))
  symlinkSync(join(modules, '@types', nodeTypes), join(folder, 'node_modules/@types/node'))
  symlinkSync(join(modules, 'undici-types'), join(folder, 'node_modules/undici-types'))
  if (!peers) return
  for (const name of ['express', 'ioredis', 'stripe'])
    symlinkSync(join(modules, name), join(folder, 'node_modules', name))
  for (const name of readdirSync(join(modules, '@types'))) {
    if (!name.startsWith('node')) symlinkSync(join(modules, '@types', name), join(folder, 'node_modules/@types', name))
  }
}

function compile(folder, version, files, options) {
  const config = {
    compilerOptions: {
      strict: true,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: ['node'],
      outDir: 'out',
      rootDir: '.',
      ...options,
    },
    files,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const bin = ['bin/tsc', 'bin/tsc.js'].map((name) => join(modules, `typescript-${version}`, name)).find(existsSync)
  return spawnSync(process.execPath, [bin, '-p', folder, '--pretty', 'false'], { cwd: folder, encoding: 'utf8' }).stdout
}

function project([version, form, resolution, { peers = false, nodeTypes, ...options }], index) {
  const folder = join(work, `project-${index}`)
  install(folder, peers, nodeTypes)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: form === 'esm' ? 'module' : 'commonjs' }))
  for (const name of ['good.ts', 'handlers.ts', 'bad.ts', 'peers.ts'])
    cpSync(join(here, 'sources', name), join(folder, name))
  const how =
    resolution === 'bundler'
      ? { module: 'esnext', moduleResolution: 'bundler' }
      : { module: 'node16', moduleResolution: 'node16' }
  const files = ['good.ts', ...(peers ? ['peers.ts'] : [])]
  const esModuleInterop = { esModuleInterop: true }
  const errors = compile(folder, version, files, { ...how, ...options, ...esModuleInterop })
  if (errors !== '') return errors.slice(0, 700)
  const misses = missed(
    folder,
    compile(folder, version, ['bad.ts'], { ...how, ...options, ...esModuleInterop, noEmit: true }),
  )
  if (misses !== undefined) return misses
  for (const name of files) {
    const ran = spawnSync(process.execPath, [join(folder, 'out', name.replace('.ts', '.js'))], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    if (!ran.stdout.includes('ran')) return `${name}: ${ran.stdout}${ran.stderr}`
  }
  return undefined
}

/** Lines marked as errors that compile, and errors in lines that are not marked. */
function missed(folder, output) {
  const marked = readFileSync(join(folder, 'bad.ts'), 'utf8')
    .split('\n')
    .flatMap((line, index) => (line.includes('// error') ? [index + 1] : []))
  const found = new Set([...output.matchAll(/^bad\.ts\((\d+),/gm)].map(([, line]) => Number(line)))
  const silent = marked.filter((line) => !found.has(line))
  const wrong = [...found].filter((line) => !marked.includes(line))
  if (silent.length > 0 || wrong.length > 0)
    return `bad.ts: no error in ${silent}, unexpected ones in ${wrong}\n${output.slice(0, 2000)}`
  return output.includes('pull_request.')
    ? undefined
    : `the message of a misspelt event does not name its group:\n${output.slice(0, 1000)}`
}

function monorepo() {
  const folder = join(work, 'monorepo')
  for (const name of ['one', 'two']) {
    install(join(folder, 'packages', name))
    cpSync(join(here, 'sources/copy.mjs'), join(folder, 'packages', name, 'index.mjs'))
  }
  cpSync(join(here, 'sources/two-copies.mjs'), join(folder, 'index.mjs'))
  const ran = spawnSync(process.execPath, [join(folder, 'index.mjs')], { encoding: 'utf8', timeout: 20_000 })
  return ran.stdout.includes('ran') ? undefined : `${ran.stdout}${ran.stderr}`
}

/** A Lambda in one file, run from a folder that has nothing else. */
async function bundled(name, make) {
  const source = join(work, `${name}-source`)
  install(source)
  cpSync(join(here, 'sources/lambda.ts'), join(source, 'lambda.ts'))
  const bare = join(work, `${name}-bare`)
  mkdirSync(bare)
  await make(source, join(bare, 'lambda.cjs'))
  const { handler } = createRequire(pathToFileURL(join(bare, 'x.js')))('./lambda.cjs')
  const body = '{"ref":"refs/heads/main","before":"a","after":"b","commits":[],"pusher":{},"repository":{}}'
  const sign = (secret) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  const deliver = (secret) =>
    handler({
      version: '2.0',
      rawPath: '/',
      rawQueryString: '',
      requestContext: { http: { method: 'POST', path: '/' } },
      headers: {
        'x-hub-signature-256': sign(secret),
        'x-github-event': 'push',
        'x-github-delivery': '1',
        'content-type': 'application/json',
      },
      body,
      isBase64Encoded: false,
    })
  const [genuine, forged] = [await deliver('a secret of enough length'), await deliver('another secret entirely')]
  const foreign = ['x-twilio-signature', 'stripe-signature', 'paypal-'].filter((word) =>
    readFileSync(join(bare, 'lambda.cjs'), 'utf8').includes(word),
  )
  if (foreign.length > 0) return `the bundle holds ${foreign}`
  return genuine.statusCode === 200 && forged.statusCode === 401 ? undefined : JSON.stringify([genuine, forged])
}

const byEsbuild = (folder, outfile) =>
  build({
    entryPoints: [join(folder, 'lambda.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outfile,
    logLevel: 'error',
  })
const byWebpack = async (folder, outfile) => {
  // Webpack reads JavaScript: the types are taken off first.
  const stripped = join(folder, 'lambda.mjs')
  await build({ entryPoints: [join(folder, 'lambda.ts')], outfile: stripped, format: 'esm', logLevel: 'error' })
  await new Promise((resolve, reject) => {
    const output = { path: dirname(outfile), filename: 'lambda.cjs', library: { type: 'commonjs2' } }
    const optimization = { splitChunks: false }
    const plugins = [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })]
    webpack(
      { mode: 'production', target: 'node20', context: folder, entry: stripped, output, optimization, plugins },
      (error, stats) => {
        if (error || stats.hasErrors()) reject(error ?? new Error(stats.toString('errors-only')))
        else resolve()
      },
    )
  })
}

try {
  unpack()
  for (const [index, one] of projects.entries()) {
    const [version, form, resolution, options] = one
    await check(`TypeScript ${version}, ${form}, ${resolution}, ${JSON.stringify(options)}`, () => project(one, index))
  }
  await check('a monorepo with two copies of hookproof', monorepo)
  await check('a Lambda bundled by esbuild, run without node_modules', () => bundled('esbuild', byEsbuild))
  await check('a Lambda bundled by webpack, run without node_modules', () => bundled('webpack', byWebpack))
} finally {
  rmSync(work, { recursive: true, force: true })
}
const passed = results.filter(Boolean).length
mkdirSync(join(here, 'reports'), { recursive: true })
writeFileSync(join(here, 'reports/tests.json'), JSON.stringify({ passed, failed: results.length - passed }))
console.log(`${passed} of ${results.length} consumers`)
process.exitCode = passed === results.length ? 0 : 1
