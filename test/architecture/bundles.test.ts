import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bundle, bundleProblems } from './rules/bundles.js'
import { camelCase } from './rules/registry.js'
import { readSources, type Sources } from './rules/sources.js'

const src = readSources('src')
const core = { createReceiver: 'src/index.ts', expressMiddleware: 'src/adapters/express.ts' }

/** Files of a folder by name, without what they share. */
function byName(sources: Sources, folder: string): Sources {
  const files = Object.entries(sources).filter(([path]) => path.startsWith(folder))
  return Object.fromEntries(
    files.map(([path, text]) => [basename(path, '.ts'), text] as const).filter(([name]) => !name.startsWith('_')),
  )
}

async function tracesIn(sources: Sources, wanted?: string): Promise<string[]> {
  const provider = wanted === undefined ? {} : { [camelCase(wanted)]: `src/providers/${wanted}.ts` }
  const found = await bundle({ ...core, ...provider }, sources)
  const schemes = Object.keys(byName(sources, 'src/schemes/'))
  const vendors = byName(sources, 'src/providers/')
  const parts = Object.entries(sources).filter(([path]) => path.startsWith(`src/providers/_${wanted}-`))
  const whole = wanted === undefined ? {} : { [wanted]: [vendors[wanted], ...parts.map(([, text]) => text)].join('\n') }
  return bundleProblems(found, wanted, { ...vendors, ...whole }, schemes)
}

test('a bundle of core and one adapter holds no provider', async () => {
  expect(await tracesIn(src)).toEqual([])
})

test.each(Object.keys(byName(src, 'src/providers/')))(
  'a bundle of core, one adapter and %s holds no other provider',
  async (id) => {
    expect(await tracesIn(src, id)).toEqual([])
  },
)

describe('in a small library', () => {
  const small: Sources = {
    'src/index.ts': "import { hmac } from './schemes/hmac.js'\nexport const createReceiver = () => hmac",
    'src/adapters/express.ts': 'export const expressMiddleware = 1',
    'src/schemes/hmac.ts': "export const hmac = (header: string) => ['hmac', header]",
    'src/providers/hmac.ts':
      "import { hmac as h } from '../schemes/hmac.js'\nexport const hmac = h('webhook-signature')",
    'src/providers/acme.ts':
      "import { hmac as h } from '../schemes/hmac.js'\nexport const acme = ['acme', h('X-Acme-Signature')]",
    'src/providers/rival.ts': "export const rival = ['rival', 'rival-signature', 'x-acme-signature']",
  }
  const plus = (path: string, text: string): Sources => ({ ...small, [path]: `${small[path]}\n${text}` })

  test.each([undefined, 'acme', 'rival', 'hmac'])('nothing is reported for %s', async (id) => {
    expect(await tracesIn(small, id)).toEqual([])
  })

  test.each<[string, Sources, string | undefined, string[]]>([
    [
      'one provider uses another',
      plus('src/providers/acme.ts', "import { rival } from './rival.js'\nacme.push(...rival)"),
      'acme',
      [
        'acme bundles src/providers/rival.ts of rival',
        'acme bundles rival-signature of rival',
        'acme bundles rival of rival',
      ],
    ],
    [
      "core knows a vendor's id",
      plus('src/index.ts', "console.log('rival')"),
      undefined,
      ['core bundles rival of rival'],
    ],
    [
      "a scheme knows a vendor's header",
      plus('src/schemes/hmac.ts', "hmac('Rival-Signature')"),
      'acme',
      ['acme bundles rival-signature of rival'],
    ],
    [
      'core spells a header as a template',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
      plus('src/index.ts', 'console.log(`rival-signature${Math.random()}`)'),
      undefined,
      ['core bundles rival-signature of rival'],
    ],
  ])('it is reported when %s', async (_title, sources, id, problems) => {
    expect(await tracesIn(sources, id)).toEqual(problems)
  })
})
