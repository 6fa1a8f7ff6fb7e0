import { defineProvider, knownOptions } from '../define.js'
import { choice } from '../schemes/choice.js'
import { bytes, form, json } from '../schemes/formats.js'
import { HMAC_OPTIONS, type HmacOptions as HmacScheme, hmac as hmacScheme } from '../schemes/hmac.js'
import { type IdSource, type Location, locate, locateId } from '../schemes/locate.js'
import type { Provider } from '../types.js'

/** How an unlisted sender signs and names its events; docs/hmac.md has three worked examples. */
export interface HmacOptions extends HmacScheme {
  /** Where the event's id stands; `'body-hash'` where the sender gives none: two events of equal bytes are then one. */
  readonly id: IdSource
  /** Where the event's name stands. @default { path: 'type' } */
  readonly type?: Location | undefined
  /** What a body is decoded from. @default 'json' */
  readonly body?: 'json' | 'form' | 'bytes' | undefined
  /** How long the sender retries, in seconds: records are kept at least as long. @default 259200 (3 days) */
  readonly retryHorizonSeconds?: number | undefined
}

const FORMATS = { json, form, bytes } as const

/**
 * Any sender that signs with a shared secret. Throws ConfigError without `id`, and for a secret or an option that cannot work.
 * @see https://www.rfc-editor.org/rfc/rfc2104
 */
export function hmac<Events extends object = object>(options: HmacOptions): Provider<'hmac', Events> {
  const known = knownOptions('hmac', options, ['id', 'type', 'body', 'retryHorizonSeconds', ...HMAC_OPTIONS])
  const { id, type = { path: 'type' }, body, retryHorizonSeconds = 3 * 24 * 3600, ...how } = known
  const [idOf, nameOf, scheme] = [locateId(id), locate(type, 'type'), hmacScheme(how)]
  const inHeader = typeof id === 'object' && 'header' in id ? id.header : undefined
  return defineProvider<'hmac', Events>({
    id: 'hmac',
    name: 'Generic HMAC',
    docs: 'https://www.rfc-editor.org/rfc/rfc2104',
    scheme,
    body: FORMATS[choice('hmac', 'body', body, ['json', 'form', 'bytes'])],
    identify: (payload, message) => ({
      id: idOf(payload, message),
      type: String(nameOf(payload, message) ?? ''),
    }),
    facts: {
      coverage: scheme.coverage,
      idSigned:
        inHeader === undefined
          ? scheme.coverage === 'full'
          : scheme.requires.some(({ anyOf }) => anyOf.includes(inHeader)),
      idStable: 'unconfirmed',
      retryHorizonSeconds,
      on4xx: 'unconfirmed',
    },
  })
}
