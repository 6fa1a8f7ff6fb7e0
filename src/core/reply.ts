import { answerOf, type ErrorCode, statusOf } from '../errors.js'
import type { Outcome, Reply, WebhookReply } from '../types.js'
import type { Core } from './core.js'
import type { EventResult } from './result.js'

/** One text for every refusal: a forger learns nothing, and whoever reads it at the provider knows where to look. */
const REFUSED = "The receiver's log has the reason.\n"
const TEXT = Object.freeze({ 'content-type': 'text/plain; charset=utf-8' })
const DUPLICATE = Object.freeze({ 'x-webhook-duplicate': '1' })
const NOTHING = Object.freeze([])
const NO_HEADERS: Reply['headers'] = Object.freeze({})

/** The answer to a request that was not let in; made once for each code. */
export function refusal(core: Core, code: ErrorCode): WebhookReply {
  const known = core.refusals.get(code)
  if (known !== undefined) return known
  const status = statusOf(code, core.provider.facts.statuses)
  const headers = refusalHeaders(core, status)
  const made = Object.freeze({ status, headers, body: REFUSED, outcome: outcomeOf(code), events: NOTHING })
  core.refusals.set(code, made)
  return made
}

function refusalHeaders({ provider }: Core, status: number): Reply['headers'] {
  if (status === 503) return Object.freeze({ ...TEXT, 'retry-after': '5' })
  if (status !== 405) return TEXT
  const methods = new Set([...(provider.methods ?? ['POST']), ...(provider.handshakes?.methods ?? [])])
  return Object.freeze({ ...TEXT, allow: [...methods].join(', ') })
}

function outcomeOf(code: ErrorCode): Outcome {
  if (code === 'ERR_SHED' || code === 'ERR_CLOSING') return 'busy'
  const answer = answerOf(code)
  if (answer === 503) return 'unavailable'
  return answer === 'retry' ? 'failed' : 'rejected'
}

const ORDER: readonly Outcome[] = ['failed', 'unavailable', 'busy', 'handled', 'stored', 'unhandled', 'duplicate']

/** Outcomes that the sender has to come back for; the first ones of ORDER. */
function isOpen(outcome: Outcome): boolean {
  return outcome === 'failed' || outcome === 'unavailable' || outcome === 'busy'
}

/** One reply for all events of a request: a success only if every one of them is settled. */
export function combine(core: Core, results: readonly EventResult[]): WebhookReply {
  const only = results.length === 1 ? results[0] : undefined
  const outcome = only?.outcome ?? ORDER.find((one) => results.some((result) => result.outcome === one)) ?? 'unhandled'
  const events = results.map(({ id, outcome }) => ({ id, outcome }))
  if (isOpen(outcome)) {
    const open = results.filter((result) => isOpen(result.outcome))
    return { ...notYet(core, open), outcome, events }
  }
  const { status, headers, body } = only?.reply ?? successReply(core)
  return { status, headers: outcome === 'duplicate' ? { ...headers, ...DUPLICATE } : headers, body, outcome, events }
}

/** The provider's own success. */
function successReply({ provider }: Core): Reply {
  const { statuses, success } = provider.facts
  return { status: statuses?.success ?? 200, headers: success?.headers ?? NO_HEADERS, body: success?.body ?? '' }
}

function notYet(core: Core, open: readonly EventResult[]): Reply {
  const waits = open.flatMap(({ retryAfterSeconds }) => (retryAfterSeconds === undefined ? [] : [retryAfterSeconds]))
  if (waits.length === 0) {
    const status = statusOf('ERR_HANDLER_FAILED', core.provider.facts.statuses)
    return { status, headers: refusalHeaders(core, status), body: REFUSED }
  }
  return { status: 503, headers: { ...TEXT, 'retry-after': String(Math.min(...waits)) }, body: REFUSED }
}
