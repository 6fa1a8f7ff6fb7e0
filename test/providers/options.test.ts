import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/errors.js'
import { knownOptions } from '../../src/index.js'
import { azureEventGrid } from '../../src/providers/azure-event-grid.js'
import { azureMonitor } from '../../src/providers/azure-monitor.js'
import { github } from '../../src/providers/github.js'
import { paypal } from '../../src/providers/paypal.js'
import { stripe } from '../../src/providers/stripe.js'
import { camelCase } from './harness.js'

const src = fileURLToPath(new URL('../../src/', import.meta.url))
const ids = readdirSync(`${src}providers`)
  .filter((name) => name.endsWith('.ts') && !name.startsWith('_'))
  .map((name) => name.slice(0, -'.ts'.length))
const sources = [...ids, '_entra', '_paypal-online'].map((id) => `${src}providers/${id}.ts`)
const program = ts.createProgram([...sources, `${src}types.ts`], {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
})
const checker = program.getTypeChecker()

function exportOf(path: string, name: string): ts.Symbol {
  const file = program.getSourceFile(src + path)
  const module = file && checker.getSymbolAtLocation(file)
  const found = module && checker.getExportsOfModule(module).find((one) => one.name === name)
  if (found === undefined) throw new Error(`src/${path} does not export ${name}`)
  return found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found
}

function namesOf(type: ts.Type): readonly string[] {
  return checker.getPropertiesOfType(type).map(({ name }) => name)
}

/** The documented options: what the type of the function's first parameter has. */
function documentedBy(id: string): readonly string[] {
  const [signature] = checker.getTypeOfSymbol(exportOf(`providers/${id}.ts`, camelCase(id))).getCallSignatures()
  const [options] = signature?.getParameters() ?? []
  if (options === undefined) throw new Error(`${id} takes no options`)
  return namesOf(checker.getTypeOfSymbol(options))
}

const receiverOptions = namesOf(checker.getDeclaredTypeOfSymbol(exportOf('types.ts', 'ReceiverOptions')))

function caught(make: () => unknown): ConfigError {
  try {
    make()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** All that a message says a function takes; the unknown option is like none of them. */
function takenBy(make: (options: object) => unknown, documented: readonly string[]): readonly string[] {
  const unset = Object.fromEntries(documented.map((name) => [name, undefined]))
  const { code, message } = caught(() => make({ ...unset, wwwwwwwwwwwwwwwwwwww: 1 }))
  expect(message).toContain('has no option "wwwwwwwwwwwwwwwwwwww"')
  expect(code).toBe('ERR_OPTION_UNKNOWN')
  return /; it takes ([^;]+);/.exec(message)?.[1]?.split(', ') ?? []
}

test('the options are read from the types', () => {
  expect(ids.length).toBeGreaterThan(28)
  expect(documentedBy('github')).toEqual(['secret'])
  expect(documentedBy('mailchimp')).toEqual(['token', 'query', 'allowUnverified'])
  expect(documentedBy('salesforce')).toEqual(expect.arrayContaining(['xml', 'allow', 'token', 'username']))
  expect(receiverOptions).toContain('toleranceSeconds')
})

describe.each(ids)('%s', (id) => {
  const documented = documentedBy(id)
  const made = async (): Promise<(options?: unknown) => unknown> =>
    ((await import(`../../src/providers/${id}.ts`)) as Record<string, (options?: unknown) => unknown>)[camelCase(id)]!

  test('has every documented option and no other', async () => {
    const taken = takenBy(await made(), documented)
    expect([...taken].sort()).toEqual([...documented].sort())
  })

  test('refuses a misspelt option by the name that was meant', async () => {
    const make = await made()
    for (const name of documented) {
      const { code, message } = caught(() => make({ [`${name}s`]: 1 }))
      expect(code).toBe('ERR_OPTION_UNKNOWN')
      expect(message).toContain(`${camelCase(id)} has no option "${name}s". Did you mean ${name}?`)
    }
  })

  test("says of a receiver's option where it goes", async () => {
    const make = await made()
    for (const name of receiverOptions.filter((one) => !documented.includes(one))) {
      const { code, message } = caught(() => make({ [name]: 1 }))
      expect(code).toBe('ERR_OPTION_UNKNOWN')
      expect(message).toContain(`"${name}"`)
      expect(message).toContain('go to createReceiver')
    }
  })

  test('refuses what is no object of options with a code', async () => {
    const make = await made()
    for (const options of [undefined, null, 'a secret of sixteen bytes', ['a secret'], 1, () => 'a secret']) {
      expect(caught(() => make(options)).code).toBe('ERR_OPTION_INVALID')
    }
    expect(caught(() => make()).message).toContain(`${camelCase(id)} takes an object of options`)
  })
})

const tenantId = '4962773b-9cdb-44cf-a8bf-237846a00ab7'

test.each<[string, string, string, (inner: object) => unknown]>([
  ['entra of azureMonitor', '_entra', 'EntraOptions', (entra) => azureMonitor({ entra } as never)],
  ['entra of azureEventGrid', '_entra', 'EntraOptions', (entra) => azureEventGrid({ entra } as never)],
  [
    'verifyOnline of paypal',
    '_paypal-online',
    'PayPalOnline',
    (verifyOnline) => paypal({ webhookId: 'W1', verifyOnline } as never),
  ],
])('%s has every documented option and no other', (_what, file, type, make) => {
  const documented = namesOf(checker.getDeclaredTypeOfSymbol(exportOf(`providers/${file}.ts`, type)))
  expect([...takenBy(make, documented)].sort()).toEqual([...documented].sort())
})

test('options that are known are taken as they are', () => {
  const secret = 'a shared secret of sixteen bytes or more'
  const given = { secret }
  expect(knownOptions('here', given, ['secret'])).toBe(given)
  expect(github(Object.freeze({ secret })).id).toBe('github')
  expect(stripe({ secret: [secret, undefined] }).id).toBe('stripe')
  expect(azureMonitor({ entra: { tenantId, audience: 'a', fetch: undefined }, token: undefined }).id).toBe(
    'azure-monitor',
  )
})

test('a list that forgets an option, or names one that is none, does not compile', () => {
  const given: { readonly secret: string; readonly allow?: string } = { secret: 'a', allow: 'b' }
  // @ts-expect-error: it forgets `allow`
  expect(() => knownOptions('here', given, ['secret'])).toThrow('here has no option "allow"')
  // @ts-expect-error: there is no `alow`
  knownOptions('here', given, ['secret', 'allow', 'alow'])
})
