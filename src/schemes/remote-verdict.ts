import { errorOf } from '../errors.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import { type Fetch, fetchJson, type RemoteRequest } from '../lib/remote.js'
import type { Coverage, Incoming, Scheme, Verdict } from '../types.js'
import { inputBuilder } from './_input.js'
import { freshTime } from './_time.js'
import type { Part } from './parts.js'
import { pick } from './pick.js'
import { configuredUrl } from './remote-key.js'

export type { Fetch } from '../lib/remote.js'

/** A vendor that verifies its own signatures when it is asked. */
export interface RemoteVerdictOptions {
  /** Where it is asked, and where the access token for that comes from (OAuth 2.0, client credentials): https URLs. */
  readonly url: string
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** Members of the question, by the header that each is taken from. */
  readonly headers: Readonly<Record<string, string>>
  /** Members of the question that are fixed. */
  readonly fixed: Readonly<Record<string, string>>
  /** The member that holds the body, byte for byte. */
  readonly body: string
  /** Whether the answer says that the request is genuine. */
  readonly accepts: (answer: unknown) => boolean
  /** The header with the signed time, RFC 3339. */
  readonly timestamp: string
  /** What the vendor signs, in order: two requests with the same are the same. */
  readonly signed: readonly Part[]
  readonly coverage: Coverage
  /** @default the runtime's own */
  readonly fetch?: Fetch | undefined
}

const OPTIONS = [
  ...['url', 'tokenUrl', 'clientId', 'clientSecret', 'headers', 'fixed', 'body'],
  ...['accepts', 'timestamp', 'signed', 'coverage', 'fetch'],
]
const MAX_PENDING = 32
const EARLY_MS = 60_000

/**
 * Asks the vendor about every request. The body is embedded as it came, after it proved to be JSON: what was parsed and written again would not verify.
 * Throws ConfigError ERR_OPTION_INVALID; ERR_KEY_LOOKUP where the vendor does not answer.
 */
export function remoteVerdict(options: RemoteVerdictOptions): Scheme {
  checkOptions(options, OPTIONS, 'remoteVerdict')
  const { coverage, accepts, timestamp } = options
  const names = Object.entries(options.headers)
  const build = inputBuilder(options.signed)
  const ask = questioner(options)
  let pending = 0
  return {
    kind: 'remote verdict',
    coverage,
    timestamped: true,
    requires: names.map(([, header]) => ({ anyOf: [header], code: 'ERR_SIGNATURE_MISSING' })),
    async verify(incoming): Promise<Verdict> {
      const members: Record<string, string> = { ...options.fixed }
      for (const [name, header] of names) members[name] = incoming.header(header) ?? ''
      const time = freshTime(incoming.header(timestamp) ?? '', 'iso', incoming)
      if (typeof time === 'string') return time
      const inputs = build(incoming, incoming.header(timestamp))
      if (typeof inputs === 'string') return inputs
      // A body that is no JSON could end its member early and bring in members of its own.
      incoming.json()
      if (pending >= MAX_PENDING) throw errorOf('ERR_KEY_LOOKUP', { detail: 'too many questions at once' })
      pending += 1
      const answer = await ask(members, incoming).finally(() => {
        pending -= 1
      })
      return accepts(answer) ? { coverage, signed: inputs[0] ?? [], timestamp: time } : 'ERR_SIGNATURE_MISMATCH'
    },
  }
}

function questioner(options: RemoteVerdictOptions): (members: object, incoming: Incoming) => Promise<unknown> {
  const { clientId, clientSecret, fetch } = options
  for (const [name, value] of Object.entries({ clientId, clientSecret })) {
    if (typeof value !== 'string' || value.trim() === '') {
      throw invalidOption('remoteVerdict', name, 'a text that is not empty: is the environment variable set?')
    }
  }
  const url = configuredUrl(options.url, 'remoteVerdict', 'url')
  const tokenUrl = configuredUrl(options.tokenUrl, 'remoteVerdict', 'tokenUrl')
  const account = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  const post = async (
    to: string,
    type: string,
    authorization: string,
    body: RemoteRequest['body'],
  ): Promise<unknown> => {
    const headers = { 'content-type': type, accept: 'application/json', authorization }
    return fetchJson(to, { fetch }, { method: 'POST', headers, body })
  }
  let access: { readonly token: string; readonly until: number } | undefined
  const accessToken = async (now: number): Promise<string> => {
    if (access !== undefined && now < access.until) return access.token
    const form = 'application/x-www-form-urlencoded'
    const answer = await post(tokenUrl, form, `Basic ${account}`, 'grant_type=client_credentials')
    const token = pick(answer, 'access_token')
    const seconds = pick(answer, 'expires_in')
    if (typeof token !== 'string') throw errorOf('ERR_KEY_LOOKUP', { detail: 'no access token' })
    access = { token, until: now + (typeof seconds === 'number' ? seconds * 1000 : 0) - EARLY_MS }
    return token
  }
  return async (members, { body, now }) => {
    const question = Buffer.concat([
      Buffer.from(`${JSON.stringify(members).slice(0, -1)},${JSON.stringify(options.body)}:`),
      body,
      Buffer.from('}'),
    ])
    try {
      return await post(url, 'application/json', `Bearer ${await accessToken(now)}`, question)
    } catch (error) {
      // It may have been withdrawn.
      access = undefined
      throw error
    }
  }
}
