import { expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { inlinedTypes } from '../../tsup.config.js'
import { layerProblems, type Packages } from './rules/layers.js'
import { readSources, type Sources } from './rules/sources.js'

const packages: Packages = {
  dependencies: Object.keys(manifest.dependencies),
  peers: Object.keys(manifest.peerDependencies),
  inlined: inlinedTypes,
}

test('every import of src is one that the layer table allows', () => {
  const sources = readSources('src')
  expect(Object.keys(sources)).toContain('src/types.ts')
  expect(layerProblems(sources, packages)).toEqual([])
})

const bad: readonly [string, Sources, string][] = [
  [
    'a provider imports another',
    { 'src/providers/a.ts': "import { b } from './b.js'" },
    'may not import src/providers/b.ts',
  ],
  [
    'a provider imports core',
    { 'src/providers/a.ts': "export { x } from '../core/x.js'" },
    'may not import src/core/x.ts',
  ],
  [
    'a provider loads core lazily',
    { 'src/providers/a.ts': "await import('../core/x.js')" },
    'may not import src/core/x.ts',
  ],
  [
    'a scheme imports types of core',
    { 'src/schemes/a.ts': "import type { X } from '../core/x.js'" },
    'may not import types of src/core/x.ts',
  ],
  [
    'a scheme uses types of core inline',
    { 'src/schemes/a.ts': "export type A = import('../core/x.js').X" },
    'may not import types of src/core/x.ts',
  ],
  [
    'a scheme uses a provider',
    { 'src/schemes/a.ts': "import { x } from '../providers/x.js'" },
    'may not import src/providers/x.ts',
  ],
  [
    'core uses a store that is not the default',
    { 'src/core/a.ts': "import { r } from '../stores/redis.js'" },
    'may not import src/stores/redis.ts',
  ],
  [
    'core uses an adapter',
    { 'src/core/a.ts': "import '../adapters/express.js'" },
    'may not import src/adapters/express.ts',
  ],
  [
    'an adapter imports another',
    { 'src/adapters/koa.ts': "import { e } from './express.js'" },
    'may not import src/adapters/express.ts',
  ],
  [
    'an adapter imports a store',
    { 'src/adapters/koa.ts': "import { m } from '../stores/memory.js'" },
    'may not import src/stores/memory.ts',
  ],
  ['errors import lib', { 'src/errors.ts': "import { x } from './lib/x.js'" }, 'may not import src/lib/x.ts'],
  [
    'core imports testing',
    { 'src/core/a.ts': "import type { T } from '../testing/index.js'" },
    'may not import types of src/testing/index.ts',
  ],
  [
    'a store imports its driver at the top',
    { 'src/stores/a.ts': "import Redis from 'ioredis'" },
    'imports ioredis when it is loaded',
  ],
  ['a store loads a package that is no peer', { 'src/stores/a.ts': "await import('left-pad')" }, 'loads left-pad'],
  [
    "an adapter imports a framework's types",
    { 'src/adapters/koa.ts': "import type { Context } from 'koa'" },
    'only src/events may',
  ],
  [
    'an adapter loads raw-body with the module',
    { 'src/adapters/koa.ts': "import raw from 'raw-body'" },
    'imports raw-body when it is loaded',
  ],
  ['a file belongs to no layer', { 'src/utils/a.ts': '' }, 'belongs to no layer'],
  ['a relative import has no ending', { 'src/core/a.ts': "import { x } from './x'" }, 'does not end in .js'],
  [
    'a provider imports events whose package may be absent',
    {
      'src/providers/a.ts': "import type { E } from '../events/a.js'",
      'src/events/a.ts': "import type S from 'stripe'",
    },
    'whose package may be absent',
  ],
]

test.each(bad)('is reported when %s', (_title, sources, problem) => {
  expect(layerProblems(sources, packages)).toEqual([expect.stringContaining(problem)])
})

const good: readonly [string, Sources][] = [
  [
    'a provider its scheme, define and event types',
    {
      'src/providers/a.ts':
        "import { h } from '../schemes/hmac.js'\nimport { d } from '../define.js'\nimport type { E } from '../events/a.js'",
    },
  ],
  ['an adapter what its layer shares', { 'src/adapters/koa.ts': "import { read } from './_node.js'" }],
  ['an adapter raw-body at first use', { 'src/adapters/_node.ts': "await import('raw-body')" }],
  ['core the memory store', { 'src/core/a.ts': "import { memoryStore } from '../stores/memory.js'" }],
  ['testing everything', { 'src/testing/a.ts': "import { x } from '../providers/x.js'" }],
]

test.each(good)('allows %s', (_title, sources) => {
  expect(layerProblems(sources, packages)).toEqual([])
})
