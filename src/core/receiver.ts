import { ConfigError, errorOf } from '../errors.js'
import { isThenable } from '../lib/thenable.js'
import type { Provider, Receiver, ReceiverOptions, Store } from '../types.js'
import { close } from './close.js'
import type { Core } from './core.js'
import { VerifiedDelivery } from './event.js'
import { forget } from './forget.js'
import { admit } from './guard.js'
import { createHandlerRegistry } from './handlers.js'
import { signedHandshake } from './handshake.js'
import { createLog } from './log.js'
import { resolveOptions, type Settings } from './options.js'
import { receive } from './receive.js'
import { authenticate } from './verify.js'

/**
 * One endpoint of one provider: verifies, deduplicates and runs your handlers. Throws ConfigError for an option that cannot work.
 * @example createReceiver(github({ secret: process.env.WEBHOOK_SECRET })).on('push', (event) => event.payload.ref)
 */
export function createReceiver<Events extends object = object, Transaction = undefined>(
  provider: Provider<string, Events>,
  options?: ReceiverOptions<Transaction>,
): Receiver<Events, Transaction> {
  if (typeof provider?.scheme?.verify !== 'function') {
    throw new ConfigError('ERR_OPTION_INVALID', {
      detail: 'createReceiver: the first argument must be a provider, such as github({ secret })',
    })
  }
  const settings = resolveOptions(provider, options as ReceiverOptions<never> | undefined)
  const core = createCore(provider, settings)
  warnAtStart(core)
  // The interface only adds event types to what these functions do.
  return receiverOf(core) as unknown as Receiver<Events, Transaction>
}

function createCore(provider: Provider, settings: Settings): Core {
  return {
    provider,
    settings,
    handlers: createHandlerRegistry(),
    log: createLog(settings.logger, { provider: provider.id, endpoint: settings.endpoint }),
    counters: {
      received: 0,
      rejected: 0,
      handled: 0,
      duplicates: 0,
      failed: 0,
      finishFailed: 0,
      leasesLost: 0,
      replaysSuspected: 0,
      storeErrors: 0,
    },
    runs: new Set(),
    refusals: new Map(),
    closing: false,
    guarding: false,
    onUnhandled: undefined,
    onError: undefined,
  }
}

function receiverOf(core: Core): Receiver {
  const receiver: Receiver = {
    provider: core.provider,
    get counters() {
      return { ...core.counters }
    },
    on(type, handler, options) {
      register(core, typeof type === 'string' ? [type] : [...type], handler, options)
      return receiver
    },
    onAny(handler, options) {
      register(core, ['*'], handler, options)
      return receiver
    },
    onUnhandled(handler) {
      core.onUnhandled = handler
      return receiver
    },
    onError(handler) {
      core.onError = handler
      return receiver
    },
    async verify(request) {
      const authenticated = authenticate(core, request)
      const message = isThenable(authenticated) ? await authenticated : authenticated
      if (typeof message === 'string') throw errorOf(message)
      if ('outcome' in message) return { provider: core.provider.id, coverage: 'none', events: [], handshake: message }
      return new VerifiedDelivery(core.provider, message, signedHandshake(core, message))
    },
    receive: (request) => receive(core, request),
    guard() {
      startGuard(core)
      return (request) => admit(core, request)
    },
    forget: (id, { tenant = '' } = {}) => forget(core, String(id), tenant),
    check: async () => (await core.settings.store?.check?.()) ?? [],
    close: ({ timeoutMs } = {}) => close(core, timeoutMs),
  }
  return Object.freeze(hidden(receiver, core))
}

function register(core: Core, patterns: readonly string[], handler: unknown, options: object | undefined): void {
  if (core.guarding) throw guardConflict('handlers cannot be added to a guard: the application does the work')
  core.handlers.add(patterns, handler, options)
}

function startGuard(core: Core): void {
  if (core.handlers.size > 0) throw guardConflict('a receiver with handlers cannot be a guard: use the middleware')
  if (core.settings.store?.transaction !== undefined)
    throw guardConflict('a guard cannot use a store in transaction mode')
  core.guarding = true
}

function guardConflict(detail: string): ConfigError {
  return new ConfigError('ERR_OPTION_INVALID', { detail })
}

// Printing a receiver shows what it is, never its secrets.
function hidden(receiver: Receiver, { provider, settings, counters }: Core): Receiver {
  const shown = (): object => ({
    provider: provider.id,
    endpoint: settings.endpoint,
    store: settings.store?.name ?? false,
    counters: { ...counters },
  })
  Object.defineProperty(receiver, 'toJSON', { value: shown })
  Object.defineProperty(receiver, Symbol.for('nodejs.util.inspect.custom'), { value: shown })
  return receiver
}

const endpoints = new WeakMap<Store<unknown>, Set<string>>()

function warnAtStart({ provider, settings, log }: Core): void {
  const notices = [
    ...(provider.scheme.warnings ?? []),
    ...(provider.warnings ?? []),
    ...(settings.store?.warnings ?? []),
  ]
  for (const notice of notices) log.once(notice)
  if (settings.store === undefined) {
    log.once({ code: 'WARN_NO_STORE', message: 'deduplication is off: every delivery runs the handlers' })
  } else {
    const shared = endpoints.get(settings.store) ?? new Set()
    const name = JSON.stringify([provider.keyId, settings.endpoint])
    if (shared.has(name)) {
      log.once({
        code: 'WARN_ENDPOINT_SHARED',
        message:
          'two receivers of one provider share a store and an endpoint name: each event runs in one of them only; set `endpoint`',
      })
    }
    endpoints.set(settings.store, shared.add(name))
  }
  if (provider.facts.retryHorizonSeconds === 0 && Number.isFinite(settings.maxConcurrent)) {
    log.once({ code: 'WARN_SHED_LOSES', message: 'this provider never retries: what maxConcurrent refuses is lost' })
  }
}
