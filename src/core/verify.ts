import type { ErrorCode } from '../errors.js'
import { isThenable } from '../lib/thenable.js'
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
  return provider.handshakes?.open === undefined
    ? authenticateDelivery(core, request, message)
    : shakeOrAuthenticate(core, request, message)
}

// Whatever waits is a function of its own: a closure would cost every request a context, also where nothing waits.
async function shakeOrAuthenticate(
  core: Core,
  request: WebhookRequest,
  message: RequestMessage,
): Promise<Authenticated> {
  return (await openHandshake(core, message)) ?? authenticateDelivery(core, request, message)
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
  return reading === undefined ? judge(core, message) : readAndJudge(core, message, reading)
}

async function readAndJudge(core: Core, message: RequestMessage, reading: Promise<void>): Promise<Authenticated> {
  await reading
  return judge(core, message)
}

function missingHeader({ provider }: Core, message: RequestMessage): ErrorCode | undefined {
  for (const { anyOf, code } of provider.scheme.requires) if (!hasAny(message, anyOf)) return code
  return undefined
}

function hasAny(message: RequestMessage, names: readonly string[]): boolean {
  for (const name of names) if (message.header(name) !== undefined) return true
  return false
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
  return isThenable(verdict) ? acceptLater(message, verdict) : accepted(message, verdict)
}

async function acceptLater(message: RequestMessage, verdict: PromiseLike<Verdict>): Promise<Authenticated> {
  return accepted(message, await verdict)
}

function accepted(message: RequestMessage, verdict: Verdict): RequestMessage | ErrorCode {
  if (typeof verdict === 'string') return verdict
  message.verified = verdict
  return message
}
