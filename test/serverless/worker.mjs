// A Worker with two ways in: the store's verbs for the contract, and a receiver as anybody mounts it.
import {
  createReceiver,
  defineProvider,
  durableObjectStore,
  fetchHandler,
  HookproofStore,
  hmac,
  json,
} from './sources.mjs'

/** The class as it is, with a way to look at its storage from outside. */
export class ProbedStore extends HookproofStore {
  constructor(state) {
    super(state)
    this.sql = state.storage.sql
  }

  async fetch(request) {
    const { pathname } = new URL(request.url)
    if (pathname === '/damage') this.sql.exec("UPDATE hookproof_events SET record = '{'")
    else if (pathname !== '/size') return super.fetch(request)
    const [{ tables }] = this.sql
      .exec("SELECT count(*) AS tables FROM sqlite_master WHERE name = 'hookproof_events'")
      .toArray()
    if (tables === 0) return Response.json({ size: 'gone' })
    return Response.json(this.sql.exec('SELECT count(*) AS size FROM hookproof_events').toArray()[0])
  }
}

const provider = (secret) =>
  defineProvider({
    id: 'acme',
    name: 'Acme',
    docs: 'https://acme.example/webhooks',
    scheme: hmac({ secret, signature: { header: 'acme-signature' } }),
    body: json,
    identify: (payload, message) => ({ id: message.header('acme-id'), type: payload.type }),
    facts: { coverage: 'full', idSigned: false, idStable: 'yes', retryHorizonSeconds: 3600 },
  })

const storeOf = (env, shards) => durableObjectStore(env.EVENTS, shards === null ? {} : { shards: Number(shards) })

async function verb(env, { shards, verb, words }) {
  const [key, options] = words
  const given = options && { ...options, retentionMs: options.retentionMs ?? Number.POSITIVE_INFINITY }
  try {
    return Response.json({ answer: (await storeOf(env, shards)[verb](key, given)) ?? null })
  } catch (error) {
    return Response.json({ code: error.code, message: String(error) })
  }
}

/** Each handler tells the log outside, so that whoever judges need not ask the store. */
function receiverOf(env, shards, deduplicated) {
  const store = deduplicated ? storeOf(env, shards) : false
  return createReceiver(provider(env.SECRET), { store, logger: false }).onAny(async (event) => {
    await env.EFFECTS.fetch('http://effects/', { method: 'POST', body: event.id })
  })
}

// biome-ignore lint/style/noDefaultExport: what Workers call
export default {
  async fetch(request, env) {
    const url = new URL(request.url)
    if (url.pathname === '/verb') return verb(env, await request.json())
    const receiver = receiverOf(env, url.searchParams.get('shards'), url.pathname !== '/plain')
    return fetchHandler(receiver)(request)
  },
}
