import { ConfigError, RequestError } from '../errors.js'
import { isThenable } from '../lib/thenable.js'
import type { WebhookRequest } from '../types.js'
import type { RequestMessage } from './message.js'

/** Puts the raw body into the message, at once where it is there. Throws WebhookError: 413, 415, 408, 400, or ERR_BODY_CONSUMED. */
export function read(message: RequestMessage, { body }: WebhookRequest, limit: number): Promise<void> | undefined {
  const encoding = message.header('content-encoding')
  if (encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity')
    throw new RequestError('ERR_BODY_ENCODING')
  const bytes = typeof body === 'function' ? body(limit) : body
  if (isThenable(bytes)) return putLater(message, bytes, limit)
  put(message, bytes, limit)
  return undefined
}

async function putLater(message: RequestMessage, bytes: PromiseLike<unknown>, limit: number): Promise<void> {
  put(message, await bytes, limit)
}

function put(message: RequestMessage, bytes: unknown, limit: number): void {
  if (bytes instanceof Uint8Array) message.body = bytes
  else if (typeof bytes === 'string') message.body = Buffer.from(bytes)
  else throw new ConfigError('ERR_BODY_CONSUMED', { detail: 'the body is neither bytes nor a string' })
  if (message.body.length > limit) throw new RequestError('ERR_BODY_TOO_LARGE')
}
