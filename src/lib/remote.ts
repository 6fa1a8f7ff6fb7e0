import { errorOf, type WebhookError } from '../errors.js'
import { parseJson } from './json.js'

/** The part of `fetch` that is used: pass your own to go through a proxy, or in tests. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Record<string, string>
    readonly body?: string | Uint8Array<ArrayBuffer>
    readonly redirect: 'error'
    readonly signal: AbortSignal
  },
) => Promise<{
  readonly status: number
  readonly body: { getReader(): BodyChunks } | null
}>

interface BodyChunks {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
  cancel(): Promise<unknown>
}

export interface RemoteRequest {
  /** @default 'GET' */
  readonly method?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined
}

export interface RemoteLimits {
  /** @default the runtime's own */
  readonly fetch?: Fetch | undefined
  /** For the whole answer. @default 5 000 */
  readonly timeoutMs?: number | undefined
  /** @default 16 384 */
  readonly maxBytes?: number | undefined
}

/**
 * The body of an answer 200, at most `maxBytes`; redirects are failures. The caller has checked the URL.
 * Throws ConfigError ERR_KEY_LOOKUP with the reason.
 */
export async function fetchBytes(url: string, limits: RemoteLimits = {}, request: RemoteRequest = {}): Promise<Buffer> {
  const { fetch = globalThis.fetch as Fetch, timeoutMs = 5000, maxBytes = 16_384 } = limits // a subset of its type
  const { method = 'GET', headers = {}, body } = request
  // Not AbortSignal.timeout, which would go off in the middle of nothing long after the answer.
  const abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('it took too long'))
      abort.abort()
    }, timeoutMs)
  })
  const { signal } = abort
  const init = {
    method,
    headers: { ...headers },
    redirect: 'error',
    signal,
    ...(body === undefined ? {} : { body }),
  } as const
  try {
    // A fetch that was passed in may not look at the signal.
    return await Promise.race([overdue, answerOf(fetch(url, init), maxBytes)])
  } catch (cause) {
    throw lookupError(url, cause)
  } finally {
    clearTimeout(timer)
  }
}

/** The same, parsed: an answer that is no JSON is as bad as none. Throws ConfigError ERR_KEY_LOOKUP. */
export async function fetchJson(url: string, limits: RemoteLimits = {}, request: RemoteRequest = {}): Promise<unknown> {
  const bytes = await fetchBytes(url, limits, request)
  try {
    return parseJson(bytes)
  } catch (cause) {
    throw lookupError(url, new Error('its answer is not JSON', { cause }))
  }
}

async function answerOf(pending: ReturnType<Fetch>, maxBytes: number): Promise<Buffer> {
  const { status, body } = await pending
  return readBytes(body?.getReader(), maxBytes, status)
}

async function readBytes(chunks: BodyChunks | undefined, maxBytes: number, status: number): Promise<Buffer> {
  if (status !== 200) {
    leave(chunks)
    return failed(`it answered ${status}`)
  }
  const parts: Uint8Array[] = []
  let length = 0
  while (chunks !== undefined) {
    const { done, value } = await chunks.read()
    if (done || value === undefined) break
    length += value.length
    parts.push(value)
    if (length <= maxBytes) continue
    leave(chunks)
    return failed(`its answer is longer than ${maxBytes} bytes`)
  }
  return Buffer.concat(parts)
}

/** Nothing waits for it: the answer is judged already, and a connection may take its time to end. */
function leave(chunks: BodyChunks | undefined): void {
  chunks?.cancel().catch(() => {})
}

function failed(reason: string): never {
  throw new Error(reason)
}

function lookupError(url: string, cause: unknown): WebhookError {
  const host = /^https:\/\/([^/?#]+)/.exec(url)?.[1] ?? 'the host'
  const reason = cause instanceof Error ? cause.message : 'it failed'
  return errorOf('ERR_KEY_LOOKUP', { detail: `${host}: ${reason}`, cause })
}

/**
 * The text itself where it is exactly `https://<host><path>` for one of the hosts, else undefined. Nothing is parsed, decoded or normalised:
 * no user name, port, query, fragment, capital, escape or other spelling of an allowed host gets through.
 */
export function exactUrl(text: unknown, hosts: readonly string[], path: RegExp): string | undefined {
  if (typeof text !== 'string' || text.length > 512) return undefined
  const host = hosts.find((one) => text.startsWith(`https://${one}/`))
  if (host === undefined) return undefined
  const rest = text.slice('https://'.length + host.length)
  return path.exec(rest)?.[0] === rest ? text : undefined
}
