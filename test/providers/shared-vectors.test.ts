import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createReceiver } from '../../src/index.js'
import type { Provider } from '../../src/types.js'
import {
  camelCase,
  clockOf,
  type Deviation,
  deviationOf,
  optionsOf,
  providerIdOf,
  type Vector,
} from './shared-vectors.js'

const file = fileURLToPath(new URL('../../../shared/vectors/published.json', import.meta.url))
const here = existsSync(file)
const vectors = here ? (JSON.parse(readFileSync(file, 'utf8')) as Vector[]) : []
const built = [...new Set(vectors.map(providerIdOf))]
  .filter((id) => existsSync(new URL(`../../src/providers/${id}.ts`, import.meta.url)))
  .map((id) => [id, vectors.filter((vector) => providerIdOf(vector) === id)] as const)

async function verdictOf(vector: Vector): Promise<string> {
  const id = providerIdOf(vector)
  const module = (await import(`../../src/providers/${id}.ts`)) as Record<string, (options: object) => Provider>
  try {
    const receiver = createReceiver(module[camelCase(id)]!(optionsOf(vector)), {
      store: false,
      logger: false,
      clock: () => clockOf(vector),
    })
    const { method, url, headers, body } = vector
    if (vector.reply === undefined) {
      const delivery = await receiver.verify({ method, url, headers, body })
      return delivery.coverage === 'none' ? 'unverified' : 'valid'
    }
    const reply = await receiver.receive({ method, url, headers, body })
    expect(reply).toMatchObject({ status: vector.reply.status, outcome: 'handshake' })
    if (vector.reply.body !== undefined) expect(contentOf(reply.body)).toEqual(contentOf(vector.reply.body))
    for (const [name, value] of Object.entries(vector.reply.headers ?? {})) expect(reply.headers[name]).toContain(value)
    return 'valid'
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code)
    throw error
  }
}

/** JSON counts by its content, text by its characters. */
function contentOf(body: unknown): unknown {
  const text = String(body)
  return text.startsWith('{') ? JSON.parse(text) : text
}

describe.runIf(here)('every published vector is judged as its label says', () => {
  test.each(built)('%s', async (_id, group) => {
    for (const vector of group) {
      const verdict = await verdictOf(vector)
      const known: Deviation | undefined = deviationOf(vector)
      const about = `${vector.provider}: ${vector.note}`
      if (known !== undefined) expect(verdict, `${about} (${known.reason})`).toBe(known.code)
      else if (vector.expected === 'valid') expect(verdict, about).toBe('valid')
      else expect(verdict, about).toMatch(/^ERR_(SIGNATURE|TIMESTAMP|CREDENTIALS|KEY|SENDER|HEADER|BODY)_/)
    }
  })

  test('those of providers that are not there are counted', () => {
    const run = built.reduce((sum, [, group]) => sum + group.length, 0)
    const deviating = built.flatMap(([, group]) => group).filter((vector) => deviationOf(vector) !== undefined).length
    console.log(
      `${run} of ${vectors.length} vectors run for ${built.length} providers, ${deviating} of them refused with a reason`,
    )
    expect(run).toBeGreaterThan(0)
  })
})

test.runIf(process.env.CI === 'true')('the vectors are there where everything is tested', () => {
  expect(here).toBe(true)
})
