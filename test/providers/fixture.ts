import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ErrorCode } from '../../src/errors.js'

/** What stands behind a request of a fixture, the strongest first; README.md says when each may be claimed. */
const evidenceKinds = ['vendor vector', 'vendor SDK', 'independent implementation', 'self-made'] as const
export type EvidenceKind = (typeof evidenceKinds)[number]

/** Why a mutation is left out. Nothing else counts. */
const skipReasons = ['unsigned-id', 'no-timestamp', 'no-signature', 'vendor-allows'] as const
export type SkipReason = (typeof skipReasons)[number]

/** Every mutation that the table knows; each is tried on each genuine request unless it is skipped. */
export const mutations = [
  'body-bits',
  'body-empty',
  'body-length',
  'signature-bits',
  'signature-missing',
  'signature-empty',
  'signature-doubled',
  'signature-length',
  'signature-form',
  'signature-flood',
  'algorithm-tag',
  'wrong-key',
  'timestamp-bits',
  'timestamp-missing',
  'timestamp-form',
  'timestamp-stale',
  'timestamp-future',
  'id-bits',
  'id-missing',
] as const
export type MutationName = (typeof mutations)[number]

/** Where a part of the request stands: one header, one query parameter, or somewhere in the body. */
export interface Place {
  /** In lower case. */
  readonly header?: string
  readonly query?: string
  /** A regular expression with one group: the part is the group, else the whole value (for a body: required). */
  readonly pattern?: string
  /** How a signature is written; `text` for tokens. @default 'hex' */
  readonly encoding?: 'hex' | 'base64' | 'base64url' | 'text'
}

export interface Places {
  readonly signature: Place
  /** `'body'`: somewhere in the signed body, so that the body's mutations cover it. */
  readonly timestamp?: Place | 'body'
  readonly id?: Place | 'body'
}

export interface FixtureRequest {
  readonly name: string
  readonly origin: EvidenceKind
  /** Link to where the values come from, or how they were made. */
  readonly source: string
  /** @default 'POST' */
  readonly method?: string
  /** @default '/hooks' */
  readonly url?: string
  readonly headers: Readonly<Record<string, string>>
  /** UTF-8. @default '' */
  readonly body?: string
  /** For bodies that are not UTF-8. */
  readonly bodyBase64?: string
  /** The receiver's clock, in seconds since the epoch. @default 1700000000 */
  readonly now?: number
  /** Over the fixture's options. */
  readonly options?: Readonly<Record<string, unknown>>
  /** In place of the fixture's. */
  readonly wrongKey?: Readonly<Record<string, unknown>>
  /** Over the fixture's places. */
  readonly places?: Partial<Places>
  readonly expect: Expectation
}

/** Exactly one of the three. */
export interface Expectation {
  /** Refused with this code. */
  readonly code?: ErrorCode
  /** Genuine: these events, in order. */
  readonly events?: readonly { readonly id: string; readonly type: string }[]
  /** Answered without an event. */
  readonly handshake?: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body: string
    /** Not signed: no mutations apply. */
    readonly open?: boolean
  }
}

export interface Skip {
  readonly mutation: MutationName
  readonly reason: SkipReason
  /** Required for 'vendor-allows': what the vendor's page says. */
  readonly note?: string
}

export interface ProviderFixture {
  readonly id: string
  /** Of the provider's function, as JSON (`null` leaves an option out); test/providers/setup/<id>.ts may add what JSON cannot hold. */
  readonly options: Readonly<Record<string, unknown>>
  /** Options that hold another valid key than the one that signed. */
  readonly wrongKey: Readonly<Record<string, unknown>>
  readonly evidence: readonly { readonly kind: EvidenceKind; readonly source: string; readonly note?: string }[]
  readonly places: Places
  readonly requests: readonly FixtureRequest[]
  readonly skips: readonly Skip[]
  /** How many mutants the test makes and sees refused; it prints the figure to write here. */
  readonly mutants: number
}

const folder = fileURLToPath(new URL('../fixtures/providers/', import.meta.url))

/** Every fixture, checked for what the types cannot say about JSON. */
export function readFixtures(): readonly ProviderFixture[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => {
      const fixture = JSON.parse(readFileSync(folder + name, 'utf8')) as ProviderFixture // checked by the next line
      const problems = fixtureProblems(fixture, name)
      if (problems.length > 0) throw new Error(`${name}: ${problems.join('; ')}`)
      return fixture
    })
}

const fixtureKeys = ['id', 'options', 'wrongKey', 'evidence', 'places', 'requests', 'skips', 'mutants']
const requestKeys = [
  ...['name', 'origin', 'source', 'method', 'url', 'headers', 'body', 'bodyBase64', 'now', 'options', 'wrongKey'],
  'places',
  'expect',
]

function unknownKeys(value: object, known: readonly string[]): string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => `unknown key ${key}`)
}

/** What is wrong with a fixture, one sentence each. */
function fixtureProblems(fixture: ProviderFixture, name: string): string[] {
  const problems = unknownKeys(fixture, fixtureKeys)
  const say = (wrong: boolean, problem: string): unknown => wrong && problems.push(problem)
  say(`${fixture.id}.json` !== name, 'the id is not the file name')
  const proven = new Set(fixture.evidence.map(({ kind }) => kind))
  for (const { kind } of fixture.evidence) say(!evidenceKinds.includes(kind), `unknown evidence ${kind}`)
  for (const request of fixture.requests) {
    problems.push(...unknownKeys(request, requestKeys))
    const { origin, source, expect, body, bodyBase64, name: title } = request
    say(!proven.has(origin), `${title}: the origin ${origin} is not among the evidence`)
    say(origin === 'vendor vector' && !source.startsWith('https://'), `${title}: a vendor's vector needs its link`)
    say(body !== undefined && bodyBase64 !== undefined, `${title}: two bodies`)
    const said = [expect.code, expect.events, expect.handshake].filter((one) => one !== undefined)
    say(said.length !== 1, `${title}: expect takes one of code, events and handshake`)
  }
  const vectors = fixture.requests.some(({ origin }) => origin === 'vendor vector')
  say(proven.has('vendor vector') && !vectors, 'a vendor vector is claimed and none is there')
  for (const { mutation, reason, note } of fixture.skips) {
    say(!mutations.includes(mutation), `unknown mutation ${mutation}`)
    say(!skipReasons.includes(reason), `unknown reason ${reason}`)
    say(reason === 'vendor-allows' && !note, `${mutation}: vendor-allows needs a note`)
  }
  return problems
}

export function bodyOf(request: FixtureRequest): Uint8Array {
  return request.bodyBase64 === undefined ? Buffer.from(request.body ?? '') : Buffer.from(request.bodyBase64, 'base64')
}
