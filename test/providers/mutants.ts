import type { ErrorCode } from '../../src/errors.js'
import type { Provider } from '../../src/types.js'
import {
  bodyOf,
  type FixtureRequest,
  type MutationName,
  type Place,
  type Places,
  type ProviderFixture,
} from './fixture.js'

/** A request with one thing changed; the receiver must refuse it. */
export interface Mutant {
  readonly mutation: MutationName
  /** What was changed, for messages. */
  readonly what: string
  readonly request: PlainRequest
  /** ms since the epoch. */
  readonly now: number
  /** Verified with another key. */
  readonly wrongKey?: boolean
  /** One of these, where the refusal must be told apart. */
  readonly codes?: readonly ErrorCode[]
  /** Answered within 5 ms. */
  readonly timed?: boolean
}

export interface PlainRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly rawHeaders?: readonly string[]
  readonly body: Uint8Array
}

/** A genuine request with all that mutations need to know about it. */
export interface Genuine {
  readonly fixture: ProviderFixture
  readonly provider: Provider
  readonly request: PlainRequest
  readonly places: Places
  /** ms since the epoch. */
  readonly now: number
  /** Signed time, ms since the epoch. */
  readonly timestamp: number | undefined
}

export function plain(request: FixtureRequest): PlainRequest {
  const { method = 'POST', url = '/hooks', headers } = request
  return { method, url, headers, body: bodyOf(request) }
}

type Maker = (genuine: Genuine) => Iterable<Omit<Mutant, 'mutation' | 'now'> & { readonly now?: number }>

const missing: readonly ErrorCode[] = ['ERR_SIGNATURE_MISSING', 'ERR_CREDENTIALS_MISSING']
const malformed: readonly ErrorCode[] = [
  'ERR_SIGNATURE_MALFORMED',
  'ERR_CREDENTIALS_MISSING',
  'ERR_CREDENTIALS_MISMATCH',
]

const makers: Readonly<Record<MutationName, Maker>> = {
  *'body-bits'({ request }) {
    for (const [body, bit] of flips(request.body))
      yield { what: `bit ${bit} of the body`, request: { ...request, body } }
  },
  *'body-empty'({ request }) {
    if (request.body.length > 0) yield { what: 'no body', request: { ...request, body: new Uint8Array(0) } }
  },
  *'body-length'({ request }) {
    const { body } = request
    const longer = (byte: number): Uint8Array => Buffer.concat([body, Buffer.from([byte])])
    yield { what: 'a newline after the body', request: { ...request, body: longer(10) } }
    yield { what: 'a zero after the body', request: { ...request, body: longer(0) } }
    if (body.length > 1) yield { what: 'the last byte gone', request: { ...request, body: body.slice(0, -1) } }
  },
  *'signature-bits'({ request, places: { signature } }) {
    const { text, replace } = part(request, signature)
    for (const [bytes, bit] of flips(Buffer.from(text, 'latin1'))) {
      yield { what: `bit ${bit} of the signature's text`, request: replace(Buffer.from(bytes).toString('latin1')) }
    }
    const encoding = signature.encoding ?? 'hex'
    if (encoding === 'text') return
    for (const [bytes, bit] of flips(Buffer.from(text, encoding))) {
      yield { what: `bit ${bit} of the signature`, request: replace(Buffer.from(bytes).toString(encoding)) }
    }
  },
  *'signature-missing'({ request, places: { signature } }) {
    const { header } = signature
    const absent = header === undefined ? without(request, signature) : lacking(request, header)
    yield { what: 'no signature', request: absent, codes: missing }
    if (signature.pattern !== undefined) yield { what: 'a header without it', request: without(request, signature) }
  },
  *'signature-empty'({ request, places: { signature } }) {
    // Another entry of a list may still be there, and is another key's.
    const codes = [...missing, ...malformed, 'ERR_SIGNATURE_MISMATCH'] as const
    yield { what: 'an empty signature', request: part(request, signature).replace(''), codes }
    if (signature.header === undefined) return
    yield { what: 'an empty header', request: part(request, { header: signature.header }).replace(''), codes }
  },
  *'signature-doubled'({ request, places: { signature } }) {
    yield* doubled(request, signature)
  },
  *'signature-length'({ request, places: { signature } }) {
    const { text, replace } = part(request, signature)
    yield { what: 'the first half of the signature', request: replace(text.slice(0, text.length >> 1)) }
    yield { what: 'the signature without its last character', request: replace(text.slice(0, -1)) }
    yield { what: 'the signature with a character more', request: replace(`${text}0`) }
    yield { what: 'the signature twice', request: replace(text + text) }
  },
  *'signature-form'({ request, places: { signature } }) {
    const { text, replace } = part(request, signature)
    const encoding = signature.encoding ?? 'hex'
    const bytes = encoding === 'text' ? Buffer.from(text) : Buffer.from(text, encoding)
    for (const [what, other] of otherForms(bytes, text)) {
      if (other !== text) yield { what: `the signature as ${what}`, request: replace(other) }
    }
  },
  *'signature-flood'({ request, places: { signature } }) {
    if (signature.header === undefined) return
    const { whole } = part(request, signature)
    for (const separator of [',', ', ', ' ', ';']) {
      const value = Array.from({ length: 10_000 }, () => whole).join(separator)
      const flooded = part(request, { header: signature.header }).replace(value)
      yield {
        what: `10 000 signatures with ${JSON.stringify(separator)}`,
        request: flooded,
        codes: malformed,
        timed: true,
      }
    }
  },
  *'algorithm-tag'({ request, places: { signature } }) {
    const { whole, text, tag } = part(request, signature)
    const set = (value: string): PlainRequest => part(request, { ...signature, pattern: '^(.*)$' }).replace(value)
    const swap = (next: string): string =>
      tag === ''
        ? next + whole
        : whole.slice(0, whole.indexOf(tag + text)) + next + whole.slice(whole.indexOf(tag + text) + tag.length)
    for (const next of ['sha1=', 'md5=', 'v9=', 'v9,', 'v0=', 'none=', '=']) {
      if (next !== tag) yield { what: `the tag ${JSON.stringify(next)}`, request: set(swap(next)) }
    }
  },
  *'wrong-key'({ request }) {
    yield {
      what: 'another key',
      request,
      wrongKey: true,
      codes: ['ERR_SIGNATURE_MISMATCH', 'ERR_CREDENTIALS_MISMATCH'],
    }
  },
  *'timestamp-bits'({ request, places: { timestamp } }) {
    if (timestamp !== undefined && timestamp !== 'body') yield* textFlips(request, timestamp, 'timestamp')
  },
  *'timestamp-missing'({ request, places: { timestamp } }) {
    if (timestamp === undefined || timestamp === 'body') return
    yield { what: 'no timestamp', request: without(request, timestamp) }
    if (timestamp.header !== undefined && timestamp.pattern === undefined) yield* doubled(request, timestamp)
  },
  *'timestamp-form'({ request, places: { timestamp } }) {
    if (timestamp === undefined || timestamp === 'body') return
    const { text, replace } = part(request, timestamp)
    for (const other of [
      '',
      `-${text}`,
      `+${text}`,
      `${text}.0`,
      `${text}abc`,
      ` ${text}`,
      '1e20',
      `0${text}`,
      `${text}000`,
      '0x5f5e100',
    ]) {
      yield { what: `the timestamp ${JSON.stringify(other)}`, request: replace(other) }
    }
  },
  *'timestamp-stale'({ request, provider, timestamp }) {
    yield* late(request, timestamp, toleranceMs(provider) + 1, 'ERR_TIMESTAMP_STALE')
  },
  *'timestamp-future'({ request, provider, timestamp }) {
    yield* late(request, timestamp, -toleranceMs(provider) - 1, 'ERR_TIMESTAMP_FUTURE')
  },
  *'id-bits'({ request, places: { id } }) {
    if (id !== undefined && id !== 'body') yield* textFlips(request, id, 'id')
  },
  *'id-missing'({ request, places: { id } }) {
    if (id === undefined || id === 'body') return
    yield { what: 'no id', request: without(request, id) }
    if (id.header !== undefined) yield* doubled(request, id)
  },
}

/** Every mutant of a genuine request, but for the mutations that the fixture skips. */
export function* mutantsOf(genuine: Genuine): Generator<Mutant> {
  const skipped = new Set(genuine.fixture.skips.map(({ mutation }) => mutation))
  for (const [mutation, make] of Object.entries(makers) as [MutationName, Maker][]) {
    if (skipped.has(mutation)) continue
    for (const mutant of make(genuine)) yield { now: genuine.now, ...mutant, mutation }
  }
}

export function toleranceMs(provider: Provider): number {
  return 1000 * (provider.facts.toleranceSeconds ?? 300)
}

function* late(
  request: PlainRequest,
  timestamp: number | undefined,
  by: number,
  code: ErrorCode,
): Iterable<Omit<Mutant, 'mutation'>> {
  if (timestamp === undefined || !Number.isFinite(by)) return
  yield { what: `the clock ${by} ms off`, request, now: timestamp + by, codes: [code] }
}

function* flips(bytes: Uint8Array): Generator<[bytes: Uint8Array, bit: number]> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const copy = Uint8Array.from(bytes)
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield [copy, bit]
  }
}

function* textFlips(request: PlainRequest, place: Place, name: string): Iterable<Omit<Mutant, 'mutation' | 'now'>> {
  const { text, replace } = part(request, place)
  for (const [bytes, bit] of flips(Buffer.from(text, 'latin1'))) {
    yield { what: `bit ${bit} of the ${name}`, request: replace(Buffer.from(bytes).toString('latin1')) }
  }
}

/** Twice on the wire, and twice as a platform hands it on. */
function* doubled(request: PlainRequest, place: Place): Iterable<Omit<Mutant, 'mutation' | 'now'>> {
  const { header, query } = place
  if (header !== undefined) {
    const value = request.headers[header] as string
    const codes: readonly ErrorCode[] = ['ERR_HEADER_DUPLICATED']
    const rawHeaders = Object.entries(request.headers).flatMap(([name, one]) => [name, one as string])
    yield {
      what: `${header} twice in rawHeaders`,
      request: { ...request, rawHeaders: [...rawHeaders, header.toUpperCase(), value] },
      codes,
    }
    yield {
      what: `${header} as a list`,
      request: { ...request, headers: { ...request.headers, [header]: [value, value] } },
      codes,
    }
    yield {
      what: `${header} in two cases`,
      request: { ...request, headers: { ...request.headers, [header.toUpperCase()]: value } },
      codes,
    }
  } else if (query !== undefined) {
    yield {
      what: `${query} twice`,
      request: { ...request, url: `${request.url}&${query}=1` },
      codes: ['ERR_QUERY_DUPLICATED'],
    }
  }
}

function* otherForms(bytes: Buffer, text: string): Generator<[what: string, text: string]> {
  const base64 = bytes.toString('base64')
  const unpadded = base64.replace(/=+$/, '')
  yield ['upper-case hex', bytes.toString('hex').toUpperCase()]
  yield ['lower-case hex', bytes.toString('hex')]
  yield ['base64', base64]
  yield ['base64 without padding', unpadded]
  yield ['base64 with too much padding', `${base64}=`]
  yield ['base64url', bytes.toString('base64url')]
  yield ['base64url, padded', base64.replaceAll('+', '-').replaceAll('/', '_')]
  yield ['base64 with a line break', `${base64.slice(0, 20)}\r\n${base64.slice(20)}`]
  if (unpadded.length % 4 !== 0) yield ['base64 with stray bits', strayBit(unpadded) + base64.slice(unpadded.length)]
  yield ['text in capitals', text.toUpperCase()]
  yield ['text in small letters', text.toLowerCase()]
  yield ['text after a space', ` ${text}`]
  yield ['text before a space', `${text} `]
  yield ['text before a NUL', `${text}\0`]
  yield ['text in quotes', `"${text}"`]
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The lowest bit of the last character belongs to no byte: a lenient decoder does not see it. */
function strayBit(text: string): string {
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) as string) ^ 1]
}

interface Part {
  /** The part itself. */
  readonly text: string
  /** The whole value that holds it. */
  readonly whole: string
  /** What stands directly before the part and belongs to it: `sha256=`, `v1,`. */
  readonly tag: string
  replace(text: string): PlainRequest
}

/** One part of a request, and the request with another text in its place. */
function part(request: PlainRequest, place: Place): Part {
  const { whole, set } = value(request, place)
  const match = new RegExp(place.pattern ?? '^(.*)$', 's').exec(whole)
  const text = match?.[1]
  if (match === null || text === undefined) throw new Error(`the pattern ${place.pattern} finds nothing in ${whole}`)
  const at = match.index + match[0].lastIndexOf(text)
  const before = whole.slice(0, at)
  return {
    text,
    whole,
    tag: /[A-Za-z0-9-]+[=,]$/.exec(before)?.[0] ?? '',
    replace: (next) => set(before + next + whole.slice(at + text.length)),
  }
}

function value(request: PlainRequest, { header, query }: Place): { whole: string; set(next: string): PlainRequest } {
  if (header !== undefined) {
    const whole = request.headers[header]
    if (typeof whole !== 'string') throw new Error(`the request has no header ${header} (in lower case)`)
    return { whole, set: (next) => ({ ...request, headers: { ...request.headers, [header]: next } }) }
  }
  if (query !== undefined) {
    const url = new URL(request.url, 'http://localhost')
    return {
      whole: url.searchParams.get(query) as string,
      set(next) {
        url.searchParams.set(query, next)
        return { ...request, url: url.pathname + url.search }
      },
    }
  }
  return {
    whole: Buffer.from(request.body).toString('latin1'),
    set: (next) => ({ ...request, body: Buffer.from(next, 'latin1') }),
  }
}

function without(request: PlainRequest, place: Place): PlainRequest {
  if (place.header !== undefined && place.pattern === undefined) return lacking(request, place.header)
  if (place.header !== undefined) {
    const { whole, tag, text } = part(request, place)
    const rest = whole.replace(tag + text, '').replace(/^[,; ]+|[,; ]+$/g, '')
    return rest === '' ? lacking(request, place.header) : part(request, { header: place.header }).replace(rest)
  }
  if (place.query !== undefined) {
    const url = new URL(request.url, 'http://localhost')
    url.searchParams.delete(place.query)
    return { ...request, url: url.pathname + url.search }
  }
  return part(request, place).replace('')
}

function lacking(request: PlainRequest, header: string): PlainRequest {
  const { [header]: _, ...headers } = request.headers
  return { ...request, headers }
}
