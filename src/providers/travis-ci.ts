import { defineProvider, knownOptions } from '../define.js'
import { allow } from '../schemes/allow.js'
import { jsonField } from '../schemes/formats.js'
import { field } from '../schemes/parts.js'
import { pick, pickText } from '../schemes/pick.js'
import { type Fetch, remoteKey } from '../schemes/remote-key.js'
import { rsa } from '../schemes/rsa.js'
import type { Incoming, Provider, SecretOption } from '../types.js'

export interface TravisCiOptions {
  /** Your repositories, `owner/name`: Travis signs for all of its customers with one key. */
  readonly allow: string | readonly string[]
  /** Pinned key in PEM; nothing is fetched then. @default the key that `configUrl` publishes */
  readonly publicKey?: SecretOption | undefined
  /** The API's /config of your Travis. @default 'https://api.travis-ci.com/config' */
  readonly configUrl?: string | undefined
  /** Fetches the key. @default the runtime's own */
  readonly fetch?: Fetch | undefined
}

const payloadField = jsonField('payload')
const CONFIG = 'https://api.travis-ci.com/config'

/**
 * Travis CI, which still signs with SHA-1. Throws ConfigError for options that cannot work.
 * @see https://docs.travis-ci.com/user/notifications/#verifying-webhook-requests
 */
export function travisCi<Events extends object = object>(options: TravisCiOptions): Provider<'travis-ci', Events> {
  const known = knownOptions('travisCi', options, ['allow', 'publicKey', 'configUrl', 'fetch'])
  const { publicKey, configUrl = CONFIG, fetch } = known
  const published = remoteKey({
    url: configUrl,
    pem: (text) => pick(JSON.parse(text), 'config', 'notifications', 'webhook', 'public_key'),
    fetch,
  })
  const scheme = rsa({
    publicKey: publicKey ?? published,
    algorithm: 'sha1',
    signature: { header: 'signature' },
    signed: [field('payload')],
    coverage: { fields: ['payload'] },
  })
  return defineProvider<'travis-ci', Events>({
    id: 'travis-ci',
    name: 'Travis CI',
    docs: 'https://docs.travis-ci.com/user/notifications/#verifying-webhook-requests',
    scheme: allow({ scheme, allow: known.allow, of: repository, as: (name) => name.toLowerCase() }),
    body: payloadField,
    identify: (payload) => ({ id: idOf(payload), type: typeOf(payload) }),
    facts: {
      coverage: { fields: ['payload'] },
      idSigned: true,
      idStable: 'unconfirmed',
      retryHorizonSeconds: 24 * 3600,
      on4xx: 'unconfirmed',
      unconfirmed: ['whether, how often and how long it retries'],
    },
  })
}

function repository(incoming: Incoming): unknown {
  const found = pick(payloadField.decode(incoming.body, incoming), 'repository')
  return `${pickText(found, 'owner_name')}/${pickText(found, 'name')}`
}

/** Start and end of a build share its id, and a restarted build ends in the same state again: its times differ. */
function idOf(payload: unknown): string | undefined {
  const [id, state] = [pick(payload, 'id'), pickText(payload, 'state')]
  if (!Number.isSafeInteger(id) || state === undefined) return undefined
  return [id, state, pickText(payload, 'started_at') ?? '', pickText(payload, 'finished_at') ?? ''].join('|')
}

function typeOf(payload: unknown): string {
  return `${pickText(payload, 'type') ?? 'build'}.${pickText(payload, 'state') ?? 'unknown'}`
}
