import { createHmac, randomUUID } from 'node:crypto'
import {
  type ClaimOptions,
  type ClaimResult,
  createReceiver,
  defineProvider,
  type FinishOptions,
  memoryStore,
  type Provider,
  type ProviderDefinition,
  type Receiver,
  type ReceiverOptions,
  type SecretOption,
  type Store,
  type WebhookRequest,
} from 'hookproof'
import { json } from 'hookproof/schemes/formats'
import { hmac } from 'hookproof/schemes/hmac'

export const SECRET = 'acme-secret-of-more-than-16-bytes'

type Definition = Partial<ProviderDefinition<'acme', Record<string, unknown>>>

/** A vendor of the tests: hex HMAC over the body, id in an unsigned header, type in the body. */
export function acme(
  definition: Definition = {},
  secret: SecretOption = SECRET,
): Provider<'acme', Record<string, unknown>> {
  return defineProvider<'acme', Record<string, unknown>>({
    id: 'acme',
    name: 'Acme',
    docs: 'https://acme.example/webhooks',
    scheme: hmac({ secret, signature: { header: 'acme-signature' } }),
    body: json,
    identify: (payload, message) => ({ id: message.header('acme-id'), type: field(payload, 'type') ?? 'none' }),
    ...definition,
    facts: { coverage: 'full', idSigned: false, idStable: 'yes', retryHorizonSeconds: 3600, ...definition.facts },
  })
}

/** The same vendor, with a body that lists several events, each with its own id. */
export function acmeBatch(definition: Definition = {}): Provider<'acme', Record<string, unknown>> {
  return acme({
    events: (message) => message.payload as readonly unknown[],
    identify: (payload) => ({ id: field(payload, 'id'), type: field(payload, 'type') ?? 'none' }),
    ...definition,
  })
}

function field(payload: unknown, name: string): string | undefined {
  const value: unknown = typeof payload === 'object' && payload !== null ? Reflect.get(payload, name) : undefined
  return typeof value === 'string' ? value : undefined
}

export function sign(body: string | Uint8Array, secret: string = SECRET): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

/** A genuine request; `headers` add to or replace its own. */
export function request(
  body: unknown = { type: 'ping' },
  {
    id = randomUUID() as string,
    headers = {},
    ...rest
  }: Partial<WebhookRequest> & { id?: string; headers?: Record<string, string | undefined> } = {},
): WebhookRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return {
    method: 'POST',
    url: '/hooks/acme',
    body: text,
    ...rest,
    headers: { 'content-type': 'application/json', 'acme-id': id, 'acme-signature': sign(text), ...headers },
  }
}

/** A receiver that keeps its log and its errors. */
export function receiver<T = undefined>(
  options: ReceiverOptions<T> = {},
  provider: Provider<'acme', Record<string, unknown>> = acme(),
): { receiver: Receiver<Record<string, unknown>, T>; log: Logged[]; errors: string[] } {
  const log: Logged[] = []
  const errors: string[] = []
  const write = (fields: object, message: string): void => {
    log.push({ code: String(Reflect.get(fields, 'code')), fields, message })
  }
  const made = createReceiver<Record<string, unknown>, T>(provider, {
    logger: { warn: write, error: write },
    ...options,
  })
  made.onError((error) => errors.push(error.code))
  return { receiver: made, log, errors }
}

export interface Logged {
  readonly code: string
  readonly fields: object
  readonly message: string
}

type Verb = 'claim' | 'renew' | 'finish'

/** A memory store that counts, and fails, hangs or answers otherwise where a test says so. */
export function watchedStore(): Store & {
  calls: string[]
  on: { [V in Verb]?: (next: () => unknown, key: string, options: unknown) => unknown }
} {
  const inner = memoryStore()
  const calls: string[] = []
  const on: { [V in Verb]?: (next: () => unknown, key: string, options: unknown) => unknown } = {}
  const through = (verb: Verb, key: string, options: unknown, next: () => unknown): unknown => {
    calls.push(verb === 'finish' ? `finish ${(options as FinishOptions).to}` : verb)
    return on[verb]?.(next, key, options) ?? next()
  }
  return {
    ...inner,
    name: 'watched',
    calls,
    on,
    claim: (key, options: ClaimOptions) =>
      through('claim', key, options, () => inner.claim(key, options)) as ClaimResult,
    renew: (key, options) => through('renew', key, options, () => inner.renew(key, options)) as boolean,
    finish: (key, options) => through('finish', key, options, () => inner.finish(key, options)) as 'ok',
    reset: (key) => inner.reset?.(key) ?? false,
  }
}

/** A promise with its handles. */
export function gate<T = void>(): { promise: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => undefined
  const promise = new Promise<T>((resolve) => {
    open = resolve
  })
  return { promise, open }
}
