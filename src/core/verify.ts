import type { ErrorCode } from '../errors.js'
import type { WebhookReply, WebhookRequest } from '../types.js'
import type { Core } from './core.js'
import { openHandshake, unsignedHandshake } from './handshake.js'
import { RequestMessage } from './message.js'
import { read } from './read.js'

const POST = ['POST']

/** A verified message; the reply of a handshake; or the code of the refusal. Throws WebhookError for what is rarer than a bad signature. */
export async function authenticate(
  core: Core,
  request: WebhookRequest,
): Promise<RequestMessage | WebhookReply | ErrorCode> {
  const { provider, settings } = core
  const message = new RequestMessage(
    provider.body,
    request,
    settings.clock(),
    settings.toleranceMs,
    settings.secretTimeoutMs,
  )
  const open = provider.handshakes?.open === undefined ? undefined : await openHandshake(core, message)
  if (open !== undefined) return open
  if (!(provider.methods ?? POST).includes(message.method)) return 'ERR_METHOD_NOT_ALLOWED'
  const missing = missingHeader(core, message)
  if (missing !== undefined) return (await unsignedHandshake(core, request, message)) ?? missing
  await read(message, request, settings.maxBodyBytes)
  const verdict = provider.scheme.verify(message)
  const verified = verdict instanceof Promise ? await verdict : verdict
  if (typeof verified === 'string') return verified
  message.verified = verified
  return message
}

function missingHeader({ provider }: Core, message: RequestMessage): ErrorCode | undefined {
  for (const { anyOf, code } of provider.scheme.requires) {
    if (anyOf.every((name) => message.header(name) === undefined)) return code
  }
  return undefined
}
