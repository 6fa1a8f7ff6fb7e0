// Which adapter is measured in which runtime, by what program, and which cases cannot hold there.

export const runtimes = ['node 20.12', 'node 20', 'node 22', 'node 24', 'node 26', 'bun', 'deno', 'workerd']
const nodes = runtimes.slice(0, 5)
const all = [...nodes, 'bun', 'deno']

const because = (reason, ...cases) => cases.map((id) => ({ case: id, reason }))

const joined = because('the Headers of a web request join repeated fields', 'signature-doubled-malformed')
const noRouter = because('node:http has no router, so there are no path parameters', 'path-parameters')
const noRoutes = because('functions have no routes, so there are no path parameters', 'path-parameters')
const parsedFirst = because(
  "the framework's own parser reads the body first, by its own deadline and limit",
  'limit-announced',
  'unread-not-swallowed',
  'close-when-unread',
  'close-when-too-large',
  'slow-body',
  'slow-body-chunked',
  'no-body-at-all',
  'client-gone-in-body',
)
const parsedWhole = because('the limit is announced without a body, for which that parser waits', 'body-big')
const denoServe = because(
  'Deno.serve takes in what nobody reads, and leaves the closing to the client',
  'unread-not-swallowed',
  'close-when-unread',
  'close-when-too-large',
  'slow-body',
)

const contract = (adapter, runtimes, skips = [], env = {}) =>
  runtimes.map((runtime) => ({
    adapter,
    runtime,
    program: [
      'contract.mjs',
      env.MOUNT ?? adapter,
      JSON.stringify(typeof skips === 'function' ? skips(runtime) : skips),
    ],
    env,
  }))
const fetchSkips = (runtime) => (runtime === 'deno' ? [...joined, ...denoServe] : joined)
const nestSkips = [...parsedFirst, ...parsedWhole]
const nest = (version) => {
  const env = { NEST_SITE: `nest${version}` }
  const on = ['node 20', 'node 24']
  return [
    ...contract(`nest ${version} on express`, on, nestSkips, { ...env, MOUNT: 'nest on express' }),
    ...contract(`nest ${version} on express, no parser`, on, [], { ...env, MOUNT: 'nest on express, no parser' }),
    ...contract(`nest ${version} on fastify`, on, [], { ...env, MOUNT: 'nest on fastify' }),
  ]
}

export const cells = [
  ...contract('node', all, noRouter),
  ...contract('express 4', all),
  ...contract('express 5', all),
  ...contract('koa 2', all),
  ...contract('koa 3', all),
  ...contract('fastify', all),
  ...contract('hono', all, fetchSkips),
  ...contract('fetch', ['bun', 'deno'], fetchSkips),
  { adapter: 'fetch', runtime: 'workerd', program: ['workerd.mjs'], env: {} },
  ...nest(11),
  ...nest(12),
  ...['app', 'pages'].flatMap((router) =>
    ['node 20', 'node 24'].map((runtime) => ({
      adapter: `next, ${router} router`,
      runtime,
      program: ['next.mjs', router],
      env: {},
    })),
  ),
  ...contract('cloud functions', ['node 20', 'node 22', 'node 24'], [...parsedFirst, ...parsedWhole, ...noRoutes]),
]

const nodeServer = 'a plain Request -> Response function has no server of its own on Node: Hono stands for it'
const nodeOnly = 'workerd has no TCP servers: only fetch is called there'
const lts = 'measured on the oldest and the active LTS'

/** Why a cell is empty. */
export function reasonFor(adapter, runtime) {
  if (runtime === 'workerd') return nodeOnly
  if (adapter === 'fetch') return nodeServer
  if (runtime === 'bun' || runtime === 'deno') return 'Nest, Next.js and functions-framework are made for Node'
  return lts
}
