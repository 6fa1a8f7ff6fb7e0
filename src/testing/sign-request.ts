import { createHmac } from 'node:crypto'
import { RequestMessage } from '../core/message.js'
import type { Settings } from '../core/options.js'
import { ConfigError } from '../errors.js'
import { isThenable } from '../lib/thenable.js'
import type { TimeUnit } from '../lib/time.js'
import type { HmacRecipe } from '../schemes/hmac.js'
import { keyRing } from '../schemes/keys.js'
import { body as bodyPart, type Part } from '../schemes/parts.js'
import type { Provider, WebhookRequest } from '../types.js'

export interface SignRequestOptions {
  /** The secret that the vendor would sign with. */
  readonly secret: string
  /** An object is sent as JSON; a string or bytes as they are. */
  readonly body: string | Uint8Array | object
  /** Whatever else the vendor sends: event name, delivery id. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Time of sending, ms since the epoch. @default now */
  readonly now?: number | undefined
  /** @default 'POST' */
  readonly method?: string | undefined
  /** @default '/' */
  readonly url?: string | undefined
}

/** A request whose body is bytes and whose headers are plain: what `receive`, `deliver` and fetch take. */
export interface SignedRequest extends WebhookRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/**
 * A genuine request, signed by the provider's own recipe, for tests of your handlers. It proves nothing about the recipe itself.
 * Throws ConfigError ERR_OPTION_INVALID for providers that do not sign with a shared secret, or where a header that is signed is missing.
 *
 * @example
 * signRequest(github({ secret }), { secret, body: { zen: 'x' }, headers: { 'x-github-event': 'ping', 'x-github-delivery': '1' } })
 */
export function signRequest(provider: Provider, options: SignRequestOptions): SignedRequest {
  const recipe = recipeOf(provider)
  const { method = 'POST', url = '/', now = Date.now() } = options
  const isJson = typeof options.body !== 'string' && !(options.body instanceof Uint8Array)
  const body = bytesOf(options.body)
  const stamp =
    recipe.timestamp === undefined || 'payload' in recipe.timestamp ? undefined : timeText(now, recipe.timestamp.unit)
  const headers: Record<string, string> = {
    ...(isJson ? { 'content-type': 'application/json' } : {}),
    ...options.headers,
  }
  if (recipe.timestamp !== undefined && 'header' in recipe.timestamp && stamp !== undefined)
    headers[recipe.timestamp.header] = stamp
  const input = inputOf(recipe.signed ?? [bodyPart], { method, url, headers, body }, provider, stamp)
  const hmac = createHmac(recipe.algorithm, keyOf(options.secret, recipe))
  for (const part of input) hmac.update(part)
  const digest = hmac.digest(recipe.encoding === 'hex-any-case' ? 'hex' : recipe.encoding)
  headers[signatureHeader(recipe)] = signatureText(recipe, digest, stamp)
  return { method, url, headers, body }
}

function recipeOf({ id, scheme }: Provider): HmacRecipe {
  const recipe = scheme.recipe
  if (recipe !== undefined && 'kind' in recipe && recipe.kind === 'hmac') return recipe as HmacRecipe // that kind is made by hmac() only
  throw new ConfigError('ERR_OPTION_INVALID', {
    detail: `signRequest: ${id} does not sign with a shared secret; add its headers yourself`,
  })
}

function bytesOf(body: string | Uint8Array | object): Uint8Array {
  if (body instanceof Uint8Array) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function timeText(now: number, unit: TimeUnit): string {
  if (unit === 'iso') return new Date(now).toISOString()
  return String(unit === 's' ? Math.floor(now / 1000) : now)
}

function keyOf(secret: string, { key }: HmacRecipe): Uint8Array {
  const ring = keyRing<Uint8Array>(secret, { name: 'secret', codec: key, make: (bytes) => bytes, anyLength: true })
  const found = ring.keys({ now: 0 } as Parameters<typeof ring.keys>[0]) // a fixed secret asks for nothing but the time
  if (typeof found === 'string' || isThenable(found) || found.list[0] === undefined)
    throw new ConfigError('ERR_SECRET_INVALID')
  return found.list[0].use
}

function inputOf(
  template: readonly Part[],
  request: SignedRequest,
  provider: Provider,
  timestamp: string | undefined,
): (Uint8Array | string)[] {
  const settings = { clock: () => 0, toleranceMs: Number.POSITIVE_INFINITY, secretTimeoutMs: 0 } as Settings // a message reads no more of it
  const incoming = new RequestMessage(request, provider.body, settings)
  incoming.body = request.body
  return template.map((part) => {
    const value = typeof part === 'string' ? part : part.read({ incoming, timestamp })
    const one = typeof value === 'string' || value instanceof Uint8Array ? value : value?.[0]
    if (one !== undefined) return one
    const name = typeof part === 'string' ? part : part.part
    throw new ConfigError('ERR_OPTION_INVALID', {
      detail: `signRequest: the signature covers ${name}; add it to headers`,
    })
  })
}

function signatureHeader({ signature }: HmacRecipe): string {
  const name = typeof signature.header === 'string' ? signature.header : signature.header?.[0]
  if (name !== undefined) return name
  throw new ConfigError('ERR_OPTION_INVALID', {
    detail: 'signRequest: the signature of this provider stands in the body; sign it yourself',
  })
}

function signatureText({ signature, timestamp }: HmacRecipe, digest: string, stamp: string | undefined): string {
  const { params, list, prefix = '' } = signature
  if (params !== undefined) {
    const time = timestamp !== undefined && 'param' in timestamp ? `${timestamp.param}=${stamp}${params.separator}` : ''
    return `${time}${params.signature}=${digest}`
  }
  return `${list?.prefix ?? prefix}${digest}`
}
