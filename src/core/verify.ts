import type { ErrorCode } from '../errors.js'
import type { MaybePromise, Verdict, WebhookReply, WebhookRequest } from '../types.js'
import type { Core } from './core.js'
import { openHandshake, unsignedHandshake } from './handshake.js'
import { RequestMessage } from './message.js'
import { read } from './read.js'

/** A verified message; the reply of a handshake; or the code of the refusal. */
export type Authenticated = RequestMessage | WebhookReply | ErrorCode

const POST = ['POST']

/** Is it genuine and fresh? At once where nothing has to be waited for. Throws WebhookError for what is rarer than a bad signature. */
export function authenticate(core: Core, request: WebhookRequest): MaybePromise<Authenticated> {
  const { provider, settings } = core
  const message = new RequestMessage(request, provider.body, settings)
  const open = provider.handshakes?.open === undefined ? undefined : openHandshake(core, message)
  if (open === undefined) return authenticateDelivery(core, request, message)
  return open.then((reply) => reply ?? authenticateDelivery(core, request, message))
}

function authenticateDelivery(
  core: Core,
  request: WebhookRequest,
  message: RequestMessage,
): MaybePromise<Authenticated> {
  const { provider, settings } = core
  if (!(provider.methods ?? POST).includes(message.method)) return 'ERR_METHOD_NOT_ALLOWED'
  const missing = missingHeader(core, message)
  if (missing !== undefined) return refuseOrShake(core, request, message, missing)
  const reading = read(message, request, settings.maxBodyBytes)
  return reading === undefined ? judge(core, message) : reading.then(() => judge(core, message))
}

function missingHeader({ provider }: Core, message: RequestMessage): ErrorCode | undefined {
  for (const { anyOf, code } of provider.scheme.requires) {
    if (anyOf.every((name) => message.header(name) === undefined)) return code
  }
  return undefined
}

function refuseOrShake(
  core: Core,
  request: WebhookRequest,
  message: RequestMessage,
  missing: ErrorCode,
): MaybePromise<Authenticated> {
  if (core.provider.handshakes?.openBody === undefined) return missing
  return unsignedHandshake(core, request, message).then((reply) => reply ?? missing)
}

function judge(core: Core, message: RequestMessage): MaybePromise<Authenticated> {
  const verdict = core.provider.scheme.verify(message)
  return verdict instanceof Promise ? verdict.then((settled) => accepted(message, settled)) : accepted(message, verdict)
}

function accepted(message: RequestMessage, verdict: Verdict): RequestMessage | ErrorCode {
  if (typeof verdict === 'string') return verdict
  message.verified = verdict
  return message
}
