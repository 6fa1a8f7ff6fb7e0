import { type ErrorCode, errorOf } from '../errors.js'
import type { Reply, WebhookReply, WebhookRequest } from '../types.js'
import type { Core } from './core.js'
import type { RequestMessage } from './message.js'
import { read } from './read.js'
import { refusal } from './reply.js'

/** The answer to an unsigned handshake that method, URL and headers tell. */
export async function openHandshake(core: Core, message: RequestMessage): Promise<WebhookReply | undefined> {
  const reply = await core.provider.handshakes?.open?.(message)
  return typeof reply === 'string' ? refusal(core, reply) : answered(reply)
}

/** The answer to an unsigned handshake that only the body tells, asked where the signature is missing. */
export async function unsignedHandshake(
  core: Core,
  request: WebhookRequest,
  message: RequestMessage,
): Promise<WebhookReply | undefined> {
  const handshake = core.provider.handshakes?.openBody
  if (handshake === undefined) return undefined
  await read(message, request, Math.min(handshake.maxBytes, core.settings.maxBodyBytes))
  return answered(handshake.reply(message))
}

/** The answer to a handshake that is signed like any delivery. */
export function signedHandshake(core: Core, message: RequestMessage): WebhookReply | undefined {
  return answered(core.provider.handshakes?.signed?.(message))
}

function answered(reply: Reply | ErrorCode | undefined): WebhookReply | undefined {
  if (typeof reply === 'string') throw errorOf(reply)
  return reply && { ...reply, outcome: 'handshake', events: [] }
}
