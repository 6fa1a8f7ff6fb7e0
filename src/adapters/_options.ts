import { RequestError } from '../errors.js'
import { checkOptions, invalidOption, numberOption } from '../lib/options.js'
import type { WebhookEndpoint } from '../types.js'

export interface AdapterOptions {
  /** How long a body may take to arrive, in ms. @default 10 000 */
  readonly bodyTimeoutMs?: number | undefined
}

/** Throws ConfigError for anything but a receiver: at the mount, and not at the first delivery. */
export function checkReceiver(receiver: WebhookEndpoint, where: string): void {
  if (typeof (receiver as Partial<WebhookEndpoint> | null | undefined)?.receive === 'function') return
  throw invalidOption(where, 'its receiver', 'what createReceiver returns')
}

/** The body's deadline in ms. Throws ConfigError for an unknown option or a value that cannot work. */
export function bodyDeadline(options: AdapterOptions | undefined, where: string): number {
  const { bodyTimeoutMs } = checkOptions(options, ['bodyTimeoutMs'], where)
  // Node's timers hold no more than a signed 32-bit number.
  return numberOption(bodyTimeoutMs, 10_000, { where, name: 'bodyTimeoutMs', min: 1, max: 2 ** 31 - 1 })
}

/** Refuses what announces itself as too large before any of it is read. */
export function announcedLength(header: string | null | undefined, limit: number): number | undefined {
  if (header === undefined || header === null || !/^\d+$/.test(header)) return undefined
  const length = Number(header)
  if (length > limit) throw new RequestError('ERR_BODY_TOO_LARGE')
  return length
}
