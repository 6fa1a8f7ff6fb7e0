import { RequestMessage } from '../../src/core/message.js'
import type { Settings } from '../../src/core/options.js'
import { json } from '../../src/schemes/formats.js'
import type { HeaderFields, Incoming } from '../../src/types.js'

export interface IncomingParts {
  readonly method?: string
  readonly url?: string
  readonly headers?: HeaderFields
  readonly rawHeaders?: readonly string[]
  readonly params?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** ms since the epoch. @default 1 700 000 000 000 */
  readonly now?: number
  /** @default 300 000 */
  readonly toleranceMs?: number
  /** @default 50 */
  readonly secretTimeoutMs?: number
}

/** A request as a scheme sees it. */
export function incomingOf(parts: IncomingParts): Incoming {
  const { method = 'POST', url = '/hooks', headers = {}, rawHeaders, params, body = '' } = parts
  const { now = 1_700_000_000_000, toleranceMs = 300_000, secretTimeoutMs = 50 } = parts
  const settings = { clock: () => now, toleranceMs, secretTimeoutMs } as Settings // all that a message takes from them
  const message = new RequestMessage({ method, url, headers, rawHeaders, params, body }, json, settings)
  message.body = Buffer.from(body as string)
  return message
}
